/* The course as one page: lessons, tests and progress; what is answered stays in this browser. */
(function (fk) {
  "use strict";
  var main = document.getElementById("main"), ways = document.getElementById("ways");
  var languages = document.body.dataset.languages.split(" ");
  var course = {}, parts = {}, waiting = {}, store = {}, told = null;
  var say = function (key, values) { return fk.safe(fk.say(key, values)); };
  function $(id) { return document.getElementById(id); }

  /* ---- what is prepared: loaded as scripts, for a file has no other way to read a file ---- */
  function veiled(bytes, name) {
    var state = 2166136261 | 0;
    for (var c = 0; c < name.length; c += 1) state = Math.imul(state ^ name.charCodeAt(c), 16777619);
    for (var k = 0; k < bytes.length; k += 1) {
      state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
      bytes[k] ^= state & 255;
    }
    return bytes;
  }
  fk.opened = function (text, name) {
    var packed = atob(text), bytes = new Uint8Array(packed.length);
    for (var k = 0; k < packed.length; k += 1) bytes[k] = packed.charCodeAt(k);
    var stream = new Blob([veiled(bytes, name)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).json();
  };
  fk.take = function (name, text) { fk.opened(text, name).then(waiting[name][0], waiting[name][1]); };
  function part(name) {
    parts[name] = parts[name] || new Promise(function (found, lost) {
      var script = document.createElement("script");
      waiting[name] = [found, lost];
      script.src = name + ".js";
      script.onerror = function () { delete parts[name]; lost(new Error(name + ".js")); };
      document.head.appendChild(script);
    });
    return parts[name];
  }

  /* ---- the learner's own record, in the form the kit's other parts read ---- */
  var KEY = "funnelkit", fresh = function (name) { return { version: 1, seed: setOf(name), learner: name, events: [] }; };
  function setOf(name) {
    var state = 2166136261;
    new TextEncoder().encode(name.normalize("NFKC").toLowerCase()).forEach(function (b) { state = Math.imul(state ^ b, 16777619) >>> 0; });
    return 1 + state % course.sets;
  }
  function owner() { return KEY + (fk.platform ? ":" + fk.platform.id : ""); }
  function load() {
    try { told = JSON.parse(localStorage.getItem(owner())); } catch (e) { told = null; }
    if (told && !sound(told)) told = null;
    if (!told && fk.platform && fk.platform.learner) {
      told = fresh(fk.platform.learner);
      told.events = fk.platform.restored();
    }
    return told;
  }
  function sound(p) {
    return p && p.version === 1 && Number.isInteger(p.seed) && p.seed >= 0 && typeof p.learner === "string" && Array.isArray(p.events) &&
      p.events.every(function (e) { return e && typeof e.event === "string" && typeof e.at === "string" && typeof (e.exercise || "") === "string"; });
  }
  function keep() {
    try { localStorage.setItem(owner(), JSON.stringify(told)); store.lost = false; } catch (e) { store.lost = true; }
    if (fk.platform) fk.platform.report(standings());
  }
  function now() {
    var d = new Date(), off = -d.getTimezoneOffset(), two = function (n) { return String(Math.floor(Math.abs(n))).padStart(2, "0"); };
    return d.getFullYear() + "-" + two(d.getMonth() + 1) + "-" + two(d.getDate()) + "T" + two(d.getHours()) + ":" + two(d.getMinutes()) + ":" +
      two(d.getSeconds()) + (off < 0 ? "-" : "+") + two(off / 60) + ":" + two(off % 60);
  }
  function record(event, facts) {
    told.events.push(Object.assign({ event: event, at: now() }, facts));
    keep();
    if (fk.platform && event === "answer") fk.platform.answered(facts);
  }
  function of(event, id) { return told ? told.events.filter(function (e) { return e.event === event && (!id || e.exercise === id); }) : []; }
  function right(id) { return of("answer", id).some(function (e) { return e.state === "right"; }); }
  function stateOf(id) { return right(id) ? "right" : of("answer", id).length ? "tried" : "open"; }
  function filledOf(id, first) {
    var found = of("answer", id).filter(function (e) { return e.filled && (!first || e.state === "right"); });
    try { return found.length ? JSON.parse(found[first ? 0 : found.length - 1].filled) : {}; } catch (e) { return {}; }
  }
  function testOf(when) {
    var states = {};
    of("answer").forEach(function (e) { if (e.test === when) states[e.exercise] = e.state; });
    return states;
  }
  function standings() {
    var ids = [].concat.apply([], course.lessons.map(function (l) { return l.exercises.map(function (e) { return e[0]; }); }));
    return { states: ids.map(function (id) { return [id, stateOf(id)]; }), before: testOf("pre"), after: testOf("post"), lang: fk.lang };
  }

  /* ---- a question with the learner's own numbers ---- */
  function drawn(asked, seed) {
    var found = { id: asked.id, after: asked.after, more: asked.more };
    Object.keys(asked.parts).forEach(function (name) {
      var p = asked.parts[name];
      found[name] = "all" in p ? p.all : p.each[(seed - 1) % p.each.length];
    });
    return found;
  }
  function fieldsOf(form) {
    var found = {};
    Array.from(form.elements).forEach(function (field) {
      if (!field.name || field.name.indexOf(":") < 0) return;
      var name = field.name.slice(field.name.indexOf(":") + 1);
      if (field.type === "checkbox") found[name] = field.checked;
      else if (field.type === "radio") { if (!(name in found)) found[name] = null; if (field.checked) found[name] = field.value; }
      else if (field.tagName === "SELECT") found[name] = field.value || null;
      else found[name] = field.value;
    });
    return found;
  }
  fk.fieldsOf = fieldsOf;
  function refill(form, filled) {
    var names = Object.keys(fieldsOf(form)), old = Object.keys(filled);
    if (names.length === old.length && !names.some(function (n) { return n in filled; })) {  /* filled in the other language */
      var turned = {};
      names.forEach(function (n, k) { turned[n] = filled[old[k]]; });
      filled = turned;
    }
    Array.from(form.elements).forEach(function (field) {
      var name = field.name.slice(field.name.indexOf(":") + 1), value = filled[name];
      if (field.type === "checkbox") field.checked = value === true;
      else if (field.type === "radio") field.checked = field.value === value;
      else if (typeof value === "string") field.value = value;
    });
  }
  function feedback(id, found) {
    var tone = { right: "good", not_answered: "quiet" }[found.state] || "again";
    return "<div class='fk-feedback fk-" + tone + "'><p><strong>" + fk.safe(id) + " · " + say("state_" + found.state) + "</strong></p><p>" +
      fk.safe(found.message) + "</p>" + (found.next ? "<p class='fk-next'>" + fk.safe(found.next) + "</p>" : "") + "</div>";
  }
  function quiet(text) { return "<div class='fk-feedback fk-quiet'><p>" + text + "</p></div>"; }
  function mark(section) {
    var state = stateOf(section.id), said = section.querySelector(".fk-state");
    section.dataset.state = state;
    if (said) said.textContent = state === "open" ? "" : fk.say("is_" + state);
  }
  function fillIn(section, asked) {
    if (asked.read) { section.insertAdjacentHTML("beforeend", "<p class='fk-muted'>" + say("offline.read_only") + "</p>" + asked.read); return; }
    var mine = drawn(asked, told.seed);
    section.insertAdjacentHTML("beforeend", mine.head + "<form novalidate>" + mine.fields + course.buttons + "<div class='fk-told' role='status'></div></form>");
    var form = section.querySelector("form"), box = form.querySelector(".fk-told");
    refill(form, filledOf(mine.id));
    mark(section);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var doing = event.submitter ? event.submitter.value : "check";
      if (doing === "hint") {
        var step = Math.min(of("hint", mine.id).length, 2);
        record("hint", { exercise: mine.id, step: step + 1 });
        box.innerHTML = mine.hints[step];
      } else if (doing === "solution") {
        var left = 2 - of("answer", mine.id).length;
        if (left > 0 && !right(mine.id)) box.innerHTML = quiet(say("solution_not_yet", { n: left }));
        else { record("solution", { exercise: mine.id }); box.innerHTML = mine.solution; }
      } else {
        var filled = fieldsOf(form), found = fk.judge(mine, filled);
        if (found.state !== "not_answered") {
          record("answer", { exercise: mine.id, state: found.state, mistake: found.mistake, filled: JSON.stringify(filled) });
          document.querySelectorAll("details[data-after='" + mine.id + "']").forEach(function (fold) { fold.open = true; });
        }
        box.innerHTML = feedback(mine.id, found) + (store.lost ? quiet(say("offline.not_kept")) : "");
        mark(section);
        refresh();
      }
      reach(box);
      box.scrollIntoView({ block: "nearest" });
    });
  }
  function reach(root) {  /* wide tables can be scrolled by keyboard, too */
    root.querySelectorAll(".fk-drawn, .fk-answer, .fk-ask table, table.fk-table").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    });
  }

  /* ---- pages ---- */
  function here(rest) { return "#" + fk.lang + (rest ? "/" + rest : ""); }
  function way(rest, text, kind) { return "<a href='" + here(rest) + "'" + (kind ? " class='" + kind + "'" : "") + ">" + text + "</a>"; }
  function lessonOf(id) { return course.lessons.find(function (l) { return l.id === id; }); }
  function standing(lesson) {
    var n = lesson.exercises.length, open = lesson.exercises.filter(function (e) { return !right(e[0]); });
    var left = Math.round(lesson.teach * open.length / Math.max(1, n) + open.reduce(function (a, e) { return a + e[1]; }, 0));
    var said = say("learn.standing", { right: n - open.length, n: n });
    return "<progress max='" + n + "' value='" + (n - open.length) + "' aria-label='" + said + "'></progress> <span>" + said + "</span> <span>" +
      (left ? say("learn.left", { minutes: left }) : say("learn.all_done")) + "</span>";
  }
  function refresh() {
    var at = $("standing"), done = $("done"), id = store.lesson;
    if (at && id) at.innerHTML = standing(lessonOf(id));
    if (done && id) done.innerHTML = finished(lessonOf(id));
  }
  function finished(lesson) {
    var n = lesson.exercises.filter(function (e) { return right(e[0]); }).length;
    var rows = [], truths = parts[lesson.id + fk.lang].guesses, vote = false;
    Object.keys(truths).forEach(function (id) {
      var made = filledOf(id, true), truth = truths[id];
      if (truth.again) { vote = true; truth = filledOf(truth.again); }
      var form = document.getElementById(id).querySelector("form");
      Object.keys(made).forEach(function (name) {
        var label = form && form.querySelector("label[for='" + id + ":" + name + "']");
        rows.push("<tr><th scope='row'>" + fk.safe(label ? label.textContent : name) + "</th><td>" + fk.safe(made[name] || "–") + "</td><td>" + fk.safe(truth[name] || "–") + "</td></tr>");
      });
    });
    var heads = (vote ? ["asked", "first", "second"] : ["asked", "guessed", "truth"]).map(function (k) { return "<th scope='col'>" + say("learn.guess_" + k) + "</th>"; }).join("");
    return "<p>" + say("standing", { right: n, n: lesson.exercises.length }) + "</p>" + (rows.length ? "<table class='fk-table'><caption>" +
      say("learn.guess_title") + "</caption><thead><tr>" + heads + "</tr></thead><tbody>" + rows.join("") + "</tbody></table>" : "");
  }
  function whoForm() {
    return "<form id='who' class='fk-next'><p>" + say("offline.who_why") + "</p><div class='fk-row'><label for='name'>" + say("offline.who") +
      "</label><input type='text' id='name' required maxlength='80' autocomplete='name'></div><div class='fk-buttons'><button class='fk-main'>" + say("offline.begin") + "</button></div></form>";
  }
  function whoLine() {
    return "<p class='fk-muted'>" + say("offline.learner", { name: told.learner, set: told.seed, sets: course.sets }) +
      (fk.platform ? "</p>" : " · <button type='button' id='other'>" + say("offline.other") + "</button></p>");
  }
  function start() {
    var next = "";
    if (told) {
      var open = course.lessons.filter(function (l) { return l.exercises.some(function (e) { return !right(e[0]); }); });
      var begun = open.find(function (l) { return l.exercises.some(function (e) { return stateOf(e[0]) !== "open"; }); }), going = begun || open[0];
      if (!begun && !Object.keys(testOf("pre")).length) next = "<p>" + say("learn.next_test") + "</p><p>" + way("quiz", say("learn.go_test"), "fk-go") + " " + way(course.lessons[0].id, say("learn.go_without")) + "</p>";
      else if (going) {
        var left = going.exercises.filter(function (e) { return !right(e[0]); });
        var minutes = Math.round(going.teach * left.length / going.exercises.length + left.reduce(function (a, e) { return a + e[1]; }, 0));
        next = "<p>" + say("learn.next_lesson", { id: going.id, title: going.title, minutes: minutes }) + "</p><p>" + way(going.id, say(begun ? "learn.go_on" : "learn.go_begin"), "fk-go") + "</p>";
      } else next = "<p>" + say("learn.next_after") + "</p><p>" + way("quiz", say("learn.go_test"), "fk-go") + "</p>";
    }
    return "<h1>" + say("learn.title") + "</h1><p>" + say("offline.about") + "</p>" + (told ? whoLine() + "<div class='fk-next'>" + next + "</div>" : whoForm()) +
      "<h2>" + say("start_lessons") + "</h2><ul class='fk-lessons'>" + course.lessons.map(function (l) {
        return "<li><span>" + l.id + "</span>" + way(l.id, fk.safe(l.title)) + "<small class='fk-place'>" + standing(l) + "</small></li>";
      }).join("") + "</ul>" + (course.cases.length ? "<h2>" + say("cases.title") + "</h2><ul>" + course.cases.map(function (c) {
        return "<li>" + way(c[0], fk.safe(c[1])) + "</li>";
      }).join("") + "</ul>" : "") + "<p class='fk-muted'>" + say("offline.beyond") + "</p>";
  }
  function decide(found) {
    return part(fk.lang + "/" + found[0]).then(function (values) { show(values.body, found[1]); });
  }
  function lesson(id) {
    return part(fk.lang + "/" + id).then(function (values) {
      parts[id + fk.lang] = values;
      store.lesson = id;
      var k = course.lessons.indexOf(lessonOf(id)), links = [way("", say("overview"))];
      if (k > 0) links.unshift(way(course.lessons[k - 1].id, say("previous") + ": " + course.lessons[k - 1].id + " " + fk.safe(course.lessons[k - 1].title)));
      if (k + 1 < course.lessons.length) links.push(way(course.lessons[k + 1].id, say("next") + ": " + course.lessons[k + 1].id + " " + fk.safe(course.lessons[k + 1].title)));
      show("<p class='fk-place'><span>" + say("learn.place", { k: k + 1, n: course.lessons.length }) + "</span><span id='standing'></span></p>" + values.body +
        "<nav class='fk-onward' aria-label='" + say("learn.onward") + "'>" + links.join("") + "</nav>", id + " · " + lessonOf(id).title);
      main.querySelectorAll("section.fk-ask").forEach(function (section) {
        if (told) fillIn(section, values.exercises[section.id]);
        else section.insertAdjacentHTML("beforeend", "<p>" + way("", say("offline.who")) + "</p>");
      });
      main.querySelectorAll("form[data-whatif]").forEach(function (form) { whatif(form, values.whatifs[form.dataset.whatif]); });
      main.querySelectorAll("details[data-after]").forEach(function (fold) { fold.open = of("answer", fold.dataset.after).length > 0; });
      refresh();
      reach(main);
    });
  }
  function whatif(form, panel) {
    var shown = { share: function (v) { return fk.write.percent(v); }, count: fk.write.count, money: fk.write.money, days: fk.write.days,
      number: function (v) { return fk.write.number(v, v === Math.floor(v) ? 0 : 2); } };
    function follow() {
      var state = {};
      panel.controls.forEach(function (c) {
        var field = form.elements[c.name];
        state[c.name] = c.options ? field.value : Number(field.value);
        var out = form.querySelector("output[data-of='" + c.name + "']");
        if (out) { out.textContent = shown[c.form](state[c.name]); field.setAttribute("aria-valuetext", out.textContent); }
      });
      form.querySelector(".fk-answer").innerHTML = fk.answered(panel, state);
    }
    form.addEventListener("input", follow);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(follow); });
  }

  /* ---- the tests before and after ---- */
  function quiz() {
    return part(fk.lang + "/Q").then(function (values) {
      var ids = Object.keys(values.before), first = testOf("pre"), last = testOf("post");
      var when = Object.keys(first).length ? "post" : "pre", name = when === "pre" ? "before" : "after", done = Object.keys(last).length;
      var parts_ = ["<h1>" + say("quiz.page_title") + "</h1><p>" + say("quiz.page_intro") + "</p>"];
      if (when === "post") parts_.push("<h2>" + say("quiz.title_before") + "</h2><p>" + say("quiz.handed_before", { answered: ids.filter(function (i) { return first[i] !== "not_answered"; }).length, n: ids.length }) + "</p>");
      if (done) parts_.push(results(values, first, last));
      if (!told) parts_.push("<p>" + way("", say("offline.who")) + "</p>");
      else if (!done) parts_.push("<h2>" + say("quiz.title_" + name) + "</h2><p>" + say("quiz.intro") + "</p><form novalidate>" + ids.map(function (id) {
        return "<section class='fk-ask' id='" + id + "'><h3>" + id + "</h3></section>";
      }).join("") + "<label class='fk-tick' id='sure' hidden><input type='checkbox'> <span>" + say("quiz.sure") + "</span></label><div class='fk-buttons'><button class='fk-main'>" +
        say("quiz.button") + "</button></div><div class='fk-told' role='status'></div></form>");
      show(parts_.join(""), fk.say("quiz.page_title"));
      var form = main.querySelector("form");
      if (!form) return;
      var cases = ids.map(function (id) { return drawn(values[name][id], told.seed); });
      cases.forEach(function (c) { $(c.id).insertAdjacentHTML("beforeend", c.head + c.fields); });
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        var found = cases.map(function (c) { return fk.judge(c, fieldsOf({ elements: $(c.id).querySelectorAll("input, select, textarea") })); });
        var open = found.map(function (f, k) { return f.state === "not_answered" ? cases[k].id : ""; }).filter(Boolean), box = form.querySelector(".fk-told");
        if (open.length === ids.length) { box.innerHTML = quiet(say("quiz.empty")); return; }
        if (open.length && !$("sure").querySelector("input").checked) {
          box.innerHTML = quiet(say("quiz.open", { open: open.length, n: ids.length }) + "</p><p>" + open.map(function (id) { return "<a href='" + here("quiz/" + id) + "'>" + id + "</a>"; }).join(" "));
          $("sure").hidden = false;
          return;
        }
        found.forEach(function (f, k) { record("answer", { exercise: cases[k].id, state: f.state, mistake: f.mistake, test: when }); });
        go();
      });
    });
  }
  function results(values, first, last) {
    var ids = Object.keys(last), n = ids.filter(function (i) { return last[i] === "right"; }).length, was = ids.filter(function (i) { return first[i] === "right"; }).length;
    var won = ids.filter(function (i) { return last[i] === "right" && first[i] !== "right"; }).length;
    var rows = ids.map(function (id) {
      var mine = drawn(values.after[id], told.seed);
      return "<tr><th scope='row'>" + id + "</th><td>" + (first[id] === "right" ? "✓" : "–") + "</td><td>" + (last[id] === "right" ? "✓" : "–") + "</td><td>" + mine.solution + "</td></tr>";
    });
    var heads = ["question", "before", "after", "answer"].map(function (k) { return "<th scope='col'>" + say("quiz.column_" + k) + "</th>"; }).join("");
    return "<h2>" + say("quiz.page_gain") + "</h2><p>" + say("quiz.gain", { n: ids.length, before: was, after: n, won: won, lost: was + won - n }) + "</p><table class='fk-table'><thead><tr>" + heads + "</tr></thead><tbody>" + rows.join("") + "</tbody></table>";
  }

  /* ---- progress, to be handed in ---- */
  function progress() {
    var lists = course.lessons.map(function (l) {
      return "<details><summary>" + l.id + " " + fk.safe(l.title) + " <span class='fk-place'>" + standing(l) + "</span></summary><table>" + l.exercises.map(function (e) {
        return "<tr><th scope='row'>" + way(l.id + "/" + e[0], e[0]) + "</th><td>" + say("is_" + stateOf(e[0])) + "</td></tr>";
      }).join("") + "</table></details>";
    });
    show("<h1>" + say("learn.way_progress") + "</h1>" + (told ? whoLine() : "") + "<p>" + say(store.lost ? "offline.not_kept" : "offline.kept") + "</p>" +
      (fk.platform ? "<p>" + say(fk.platform.lost ? "offline.report_lost" : "offline.reported") + "</p>" : "") +
      "<div class='fk-buttons'>" + (told ? "<button type='button' class='fk-main' id='save'>" + say("offline.save") + "</button>" : "") +
      "<label class='fk-file'>" + say("offline.take") + " <input type='file' id='take' accept='.json'></label></div><div class='fk-told' role='status' id='told'></div>" + lists.join(""), fk.say("learn.way_progress"));
    if ($("save")) $("save").addEventListener("click", save);
    $("take").addEventListener("change", take);
  }
  function save() {
    var link = document.createElement("a"), name = told.learner.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(told, null, 1) + "\n"], { type: "application/json" }));
    link.download = "funnelkit-progress-" + (name || "me") + ".json";
    link.click();
    setTimeout(URL.revokeObjectURL, 1000, link.href);
  }
  function take(event) {
    var file = event.target.files[0];
    file.text().then(function (text) {
      var found = JSON.parse(text);
      if (!sound(found)) throw new Error();
      told = Object.assign({}, found, { seed: found.seed >= 1 && found.seed <= course.sets ? found.seed : setOf(found.learner) });
      keep();
      progress();
      $("told").innerHTML = quiet(say("offline.taken", { n: of("answer").length }));
    }).catch(function () { $("told").innerHTML = quiet(say("offline.take_bad", { file: file.name })); });
  }

  /* ---- from page to page ---- */
  function show(html, title) {
    main.innerHTML = html;
    document.title = title;
    main.querySelectorAll("a[href^='lesson:']").forEach(function (a) { a.setAttribute("href", here(a.getAttribute("href").slice(7))); });
    var who = $("who"), other = $("other");
    if (who) who.addEventListener("submit", function (event) {
      event.preventDefault();
      var name = $("name").value.trim().replace(/\s+/g, " ");
      if (!name) return;
      told = fresh(name);
      keep();
      go();
    });
    if (other) other.addEventListener("click", function () { save(); told = null; try { localStorage.removeItem(owner()); } catch (e) { store.lost = true; } location.hash = here(""); go(); });
    reach(main);
  }
  function frame() {
    var other = languages.find(function (l) { return l !== fk.lang; }), path = location.hash.split("/").slice(1).join("/");
    document.documentElement.lang = fk.lang === "zh" ? "zh-CN" : "en";
    ways.setAttribute("aria-label", fk.say("learn.ways"));
    $("skip").textContent = fk.say("learn.skip");
    ways.innerHTML = ways.dataset.brand + way("", say("learn.way_start")) + way("quiz", say("learn.way_quiz")) + way("progress", say("learn.way_progress")) +
      (other ? "<a class='fk-other' lang='" + (other === "zh" ? "zh-CN" : "en") + "' href='#" + other + (path ? "/" + path : "") + "'>" + (other === "zh" ? "中文" : "English") + "</a>" : "");
  }
  function go() {
    var at = location.hash.replace(/^#/, "").split("/"), lang = languages.indexOf(at[0]) >= 0 ? at[0] : null;
    if (!lang) lang = fk.lang || languages.find(function (l) { return (navigator.language || "").toLowerCase().indexOf(l) === 0; }) || languages[0];
    return part(lang + "/course").then(function (found) {
      fk.lang = lang;
      fk.texts = found.texts;
      course = found;
      if (!told) load();
      frame();
      store.lesson = "";
      if (lessonOf(at[1])) return lesson(at[1]);
      var decided = course.cases.find(function (c) { return c[0] === at[1]; });
      if (decided) return decide(decided);
      if (at[1] === "quiz") return quiz();
      if (at[1] === "progress") return progress();
      show(start(), fk.say("learn.title"));
    }).then(function () {
      var goal = at[2] && $(at[2]);
      if (goal) goal.scrollIntoView();
      else window.scrollTo(0, 0);
      main.dataset.ready = location.hash;
    }).catch(function (problem) {
      main.innerHTML = "<p role='alert'>" + (fk.texts ? say("offline.lost", { file: problem.message }) : fk.safe(problem.message)) + "</p>";
    });
  }
  addEventListener("hashchange", function () { go().then(function () { main.focus({ preventScroll: true }); }); });
  $("skip").addEventListener("click", function (event) { event.preventDefault(); main.focus(); main.scrollIntoView(); });
  if (typeof DecompressionStream === "undefined") main.innerHTML = "<p role='alert'>" + main.dataset.old + "</p>";
  else Promise.resolve(fk.platform && fk.platform.begin()).then(go);
})(globalThis.fk = globalThis.fk || {});
