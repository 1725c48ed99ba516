/* Reports how far a learner is to a learning platform: SCORM 1.2, SCORM 2004 or xAPI, whichever it speaks. */
(function (fk) {
  "use strict";
  var ask = new URLSearchParams(location.search), began = Date.now();
  var CODES = { open: "0", tried: "1", right: "2" };

  /* The platform's own script is in this window's parents, or in those of the window that opened it. */
  function above(name) {
    var start = [window, window.opener];
    for (var s = 0; s < start.length; s += 1) {
      for (var at = start[s], n = 0; at && n < 50; n += 1) {
        try { if (at[name]) return at[name]; } catch (e) { break; }
        if (at.parent === at) break;
        at = at.parent;
      }
    }
    return null;
  }
  function two(n) { return String(n).padStart(2, "0"); }
  function seconds() { return Math.round((Date.now() - began) / 1000); }

  /* The two SCORM versions differ in the names of the same things. */
  function scorm(api, it) {
    function call(what) { return api[it.prefix + what].apply(api, Array.prototype.slice.call(arguments, 1)); }
    function get(name) { return call("GetValue", name) || ""; }
    function set(name, value) { if (String(call("SetValue", name, String(value))) === "false") me.lost = true; }
    var ended = false, known = {};
    var me = {
      lost: false,
      begin: function () {
        me.lost = String(call("Initialize", "")) !== "true";
        me.learner = String(get(it.name) || get(it.id) || "–").replace(/,\s*/g, " ").trim();
        me.id = get(it.id);
        var old = get(it.status);
        if (!old || old === "not attempted" || old === "unknown") set(it.status, "incomplete");
        me.before = get("cmi.suspend_data");
        me.offset = Number(get("cmi.interactions._count")) || 0;
        addEventListener("pagehide", me.end);
        addEventListener("beforeunload", me.end);
      },
      restored: function () { return unpacked(me.before); },
      report: function (told) {
        if (ended) return;
        var score = scoreOf(told);
        set("cmi.suspend_data", packed(told));
        set(it.score + ".raw", score.raw);
        set(it.score + ".min", 0);
        set(it.score + ".max", 100);
        if (it.scaled) set(it.scaled, score.raw / 100);
        if (score.all) set(it.status, "completed");
        if (score.all && it.success) set(it.success, "passed");
        set(it.time, it.span(seconds()));
        if (String(call("Commit", "")) === "false") me.lost = true;
      },
      answered: function (facts) {
        var key = facts.exercise + ":" + (facts.test || ""), k = key in known ? known[key] : (known[key] = Object.keys(known).length + me.offset);
        var at = "cmi.interactions." + k + ".";
        set(at + "id", facts.exercise + (facts.test ? "-" + facts.test : ""));
        set(at + "type", "other");
        set(at + "result", facts.state === "right" ? it.right : it.wrong);
        call("Commit", "");
      },
      end: function () {
        if (ended) return;
        set(it.time, it.span(seconds()));
        set(it.exit, "suspend");
        call("Commit", "");
        call(it.finish, "");
        ended = true;
      },
      offset: 0,
    };
    return me;
  }
  var OLD = {
    prefix: "LMS", finish: "Finish", id: "cmi.core.student_id", name: "cmi.core.student_name", status: "cmi.core.lesson_status",
    score: "cmi.core.score", time: "cmi.core.session_time", exit: "cmi.core.exit", right: "correct", wrong: "wrong",
    span: function (s) { return two(Math.floor(s / 3600)) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60); },
  };
  var NEW = {
    prefix: "", finish: "Terminate", id: "cmi.learner_id", name: "cmi.learner_name", status: "cmi.completion_status", success: "cmi.success_status",
    score: "cmi.score", scaled: "cmi.score.scaled", time: "cmi.session_time", exit: "cmi.exit", right: "correct", wrong: "incorrect",
    span: function (s) { return "PT" + s + "S"; },
  };

  /* Exercise states as digits, then each test as digits: short enough for the 4,096 signs of SCORM 1.2. */
  function packed(told) {
    function test(states) { return Object.keys(states).map(function (id) { return states[id] === "right" ? "2" : states[id] === "not_answered" ? "0" : "1"; }).join(""); }
    return "1|" + told.states.map(function (s) { return s[0] + CODES[s[1]]; }).filter(function (s) { return s.slice(-1) !== "0"; }).join(",") + "|" + test(told.before) + "|" + test(told.after);
  }
  function unpacked(text) {
    var parts = String(text || "").split("|"), events = [], at = new Date().toISOString().slice(0, 19) + "+00:00";
    if (parts[0] !== "1") return events;
    (parts[1] || "").split(",").filter(Boolean).forEach(function (s) {
      events.push({ event: "answer", exercise: s.slice(0, -1), state: s.slice(-1) === "2" ? "right" : "wrong", mistake: "", at: at });
    });
    ["pre", "post"].forEach(function (test, t) {
      Array.from(parts[2 + t] || "").forEach(function (digit, k) {
        events.push({ event: "answer", exercise: "Q." + (k + 1), state: { 0: "not_answered", 1: "wrong", 2: "right" }[digit], mistake: "", test: test, at: at });
      });
    });
    return events;
  }
  function scoreOf(told) {
    var n = told.states.length, right = told.states.filter(function (s) { return s[1] === "right"; }).length;
    var tried = told.states.filter(function (s) { return s[1] !== "open"; }).length;
    return { raw: Math.round(100 * right / Math.max(1, n)), all: n > 0 && tried === n };
  }

  /* xAPI: statements to the record store the address names. */
  function xapi() {
    var endpoint = ask.get("endpoint").replace(/\/?$/, "/"), actor = JSON.parse(ask.get("actor")), home = ask.get("activity_id") || document.body.dataset.activity;
    var first = function (x) { return Array.isArray(x) ? x[0] : x; };
    var done = false, me = {
      lost: false,
      begin: function () {
        me.learner = String(first(actor.name) || (actor.account && first(actor.account.name)) || "–");
        me.id = JSON.stringify(actor);
        tell("initialized", home);
        addEventListener("pagehide", me.end);
      },
      restored: function () { return []; },
      report: function (told) {
        var score = scoreOf(told);
        if (score.all && !done) { done = true; tell("completed", home, { completion: true, score: { scaled: score.raw / 100, raw: score.raw, min: 0, max: 100 }, duration: "PT" + seconds() + "S" }); }
      },
      answered: function (facts) {
        tell("answered", home + "/" + facts.exercise + (facts.test ? "/" + facts.test : ""), { success: facts.state === "right", response: facts.state });
      },
      end: function () { if (me.over) return; me.over = true; tell("terminated", home, { duration: "PT" + seconds() + "S" }); },
    };
    function tell(verb, object, result) {
      var told = {
        actor: actor, verb: { id: "http://adlnet.gov/expapi/verbs/" + verb },
        object: { objectType: "Activity", id: object }, timestamp: new Date().toISOString(),
      };
      if (result) told.result = result;
      if (ask.get("registration")) told.context = { registration: ask.get("registration") };
      var head = { "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3" };
      if (ask.get("auth")) head.Authorization = ask.get("auth");
      fetch(endpoint + "statements", { method: "POST", headers: head, body: JSON.stringify(told), keepalive: true })
        .then(function (reply) { me.lost = !reply.ok; }, function () { me.lost = true; });
    }
    return me;
  }

  var api = above("API_1484_11");
  if (api) fk.platform = scorm(api, NEW);
  else if ((api = above("API"))) fk.platform = scorm(api, OLD);
  else if (ask.get("endpoint") && ask.get("actor")) fk.platform = xapi();
})(globalThis.fk = globalThis.fk || {});
