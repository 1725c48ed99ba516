/* Says what an answer is worth, as funnelkit/teach/check.py does: state, message, mistake. */
(function (fk) {
  "use strict";
  var no = function (key, values) { throw new fk.NotOfKind(key, values); };

  /* Fill values into a text of the catalogue. */
  function fill(text, values) {
    return text.replace(/\{(\w+)(?::(\w+))?(\|[^}]*)?\}/g, function (all, name, form, forms) {
      var value = values[name];
      if (form === "list") return value.join(fk.lang === "zh" ? "、" : ", ");
      if (form === "quoted") return fk.lang === "zh" ? "“" + value + "”" : '"' + value + '"';
      if (form === "count") return fk.write.number(value, 0) + (forms && fk.lang === "en" ? " " + forms.split("|")[value === 1 ? 1 : 2] : "");
      return String(value);
    });
  }
  fk.fill = fill;
  fk.say = function (key, values) { return fill(fk.texts[key], values || {}); };
  var blank = function (x) { return x === null || x === undefined || (typeof x === "string" && !x.trim()); };
  var bare = function (text) { return text.replace(/[:：\s]+$/, ""); };

  var SLIPS = {
    fraction: [100, 0.01], days: [7, 1 / 7, 24, 1 / 24, 30, 1 / 30],
    money: [-8, -6, -5, -4, -3, 3, 4, 5, 6, 8].map(function (n) { return Number("1e" + n); }),
  };
  SLIPS.thousand = SLIPS.million = SLIPS.money;
  function compare(answer, right, unit, within) {
    if (unit === "fraction") {
      var told = Math.abs(answer) > Math.max(1, 2 * Math.abs(right)) ? answer / 100 : answer;
      var whole = Math.abs(100 * told - Math.round(100 * told)) < 1e-9 && Math.abs(right) >= 0.02;
      if (Math.abs(told - right) <= (whole ? Math.max(within, 0.005) : within) + 1e-12) return "right";
    }
    if (Math.abs(answer - right) <= within + 1e-12) return "right";
    var slips = SLIPS[unit] || [];
    for (var k = 0; k < slips.length; k += 1) {
      if (right && Math.abs(answer - right * slips[k]) <= within * slips[k] + 1e-12) return "unit";
    }
    return Math.abs(answer - right) <= Math.max(4 * within, 0.02 * Math.abs(right)) ? "close" : "wrong";
  }
  fk.compare = compare;
  function reach(key, right) { return Math.max(key.within, key.relative * Math.abs(right)); }
  function oneOf(key, answer, right) {
    if (key.kind === "dates") return Math.abs(answer - right) <= key.within ? "right" : "wrong";
    return compare(answer, right, key.unit, reach(key, right));
  }
  function total(list) { return list.reduce(function (a, b) { return a + b; }, 0); }

  function series(read) {
    return {
      collect: fk.same,
      read: function (answer, key) {
        var seen = {};
        if (key.kind === "dates") Object.keys(answer).forEach(function (k) { if (!blank(answer[k])) seen[k] = fk.asDay(answer[k]); });
        else seen = answer;
        var missing = key.labels.filter(function (x) { return blank(seen[x]); });
        if (missing.length) no("type_rows_missing", { missing: missing });
        return key.labels.map(function (x) { return read(seen[x]); });
      },
      judge: function (answer, right, key) {
        var found = answer.map(function (a, k) { return oneOf(key, a, right[k]); });
        if (found.every(function (v) { return v === "right"; })) {
          return !key.whole || Math.abs(total(answer) - total(right)) <= 0.0005 ? "right" : "close";
        }
        if (found.every(function (v) { return v === "right" || v === "unit"; })) return "unit";
        var good = found.filter(function (v) { return v === "right" || v === "close"; }).length;
        return good >= 0.75 * found.length ? "close" : "wrong";
      },
      missed: function (state, answer, key) {
        if (state === "unit") return fk.say("unit_" + key.unit + "_message");
        var rows = key.labels.filter(function (x, k) { return oneOf(key, answer[k], key.right[k]) !== "right"; });
        if (!rows.length) return fk.say("rows_do_not_add_up");
        return fk.say("rows_wrong", { rows: rows.map(bare), n: answer.length, right: answer.length - rows.length });
      },
    };
  }

  /* Items of an order that stand before one they need. */
  function early(answer, needs) {
    var found = [];
    answer.forEach(function (id, place) {
      (needs[id] || []).forEach(function (n) { if (answer.indexOf(n) > place) found.push([id, n]); });
    });
    return found;
  }
  function off(answer, right, key) {
    return key.items.filter(function (o) { return answer[o[0]] !== right[o[0]] && o[4].indexOf(answer[o[0]]) < 0; });
  }
  function apart(a, b) { return a.filter(function (x) { return b.indexOf(x) < 0; }); }
  function differing(a, b) {
    var n = 0;
    for (var k = 0; k < a.length; k += 1) if (a[k] !== b[k]) n += 1;
    return n;
  }
  function faultIn(answer, key) {
    for (var k = 0; k < key.fields.length; k += 1) {
      var f = key.fields[k], told = Object.keys(f[3]).length ? f[3][answer[f[0]]] : f[2] ? fk.checks[f[2][0]](answer[f[0]], f[2][1]) : "";
      if (told) return ["fault_" + f[0], told];
    }
    var whole = key.whole ? fk.checks[key.whole[0]](answer, key.whole[1]) : "";
    return whole ? ["fault_whole", whole] : null;
  }
  var only = function (filled) { return filled[Object.keys(filled)[0]]; };
  fk.same = function (filled) { return filled; };

  fk.kinds = {
    number: {
      collect: only,
      read: function (answer) { return fk.number(answer); },
      judge: function (answer, right, key) { return compare(answer, right, key.unit, reach(key, right)); },
      missed: function (state, answer, key) { return fk.say(state === "close" ? "close_message" : state + "_" + key.unit + "_message"); },
    },
    numbers: series(fk.number),
    dates: series(fk.same),
    choice: {
      collect: only,
      read: fk.same,
    },
    several: {
      collect: function (filled) { return Object.keys(filled).filter(function (k) { return filled[k]; }); },
      read: fk.same,
      judge: function (answer, right) {
        var wrong = apart(answer, right).length + apart(right, answer).length;
        return !wrong ? "right" : wrong === 1 && right.length > 1 ? "close" : "wrong";
      },
      diagnose: function (answer, key) {
        var took = apart(answer, key.right), left = apart(key.right, answer);
        var sides = [["took", took], ["left", left]], good = key.options.length - took.length - left.length;
        for (var s = 0; s < 2; s += 1) for (var k = 0; k < key.options.length; k += 1) {
          var o = key.options[k];
          if (sides[s][1].indexOf(o[0]) >= 0) {
            return [sides[s][0] + "_" + o[0], fk.say("item_wrong", { text: o[1], why: o[2], right: good, n: key.options.length })];
          }
        }
        return null;
      },
    },
    order: {
      collect: function (filled) { return Object.keys(filled).map(function (k) { return filled[k]; }); },
      read: function (answer, key) {
        if (answer.some(blank)) throw { message: key.empty };
        if (new Set(answer).size !== answer.length) no("type_each_once", { n: key.items.length });
        return answer;
      },
      judge: function (answer, needs) { var n = early(answer, needs).length; return !n ? "right" : n === 1 ? "close" : "wrong"; },
      diagnose: function (answer, key) {
        var first = early(answer, key.right)[0], texts = {};
        key.items.forEach(function (o) { texts[o[0]] = o; });
        var item = texts[first[0]];
        return ["early_" + first[0], fk.say("item_early", { text: item[1], need: texts[first[1]][1], why: item[2] })];
      },
    },
    match: {
      collect: fk.same,
      read: function (answer, key) {
        var missing = key.items.filter(function (o) { return blank(answer[o[0]]); });
        if (missing.length) no("type_rows_missing", { missing: missing.map(function (o) { return o[1]; }) });
        return answer;
      },
      judge: function (answer, right, key) {
        var wrong = off(answer, right, key).length;
        return wrong <= key.forgiven ? "right" : wrong <= key.items.length / 5 ? "close" : "wrong";
      },
      diagnose: function (answer, key) {
        var wrong = off(answer, key.right, key), item = wrong[0], n = key.items.length;
        return [item[0] + "_as_" + answer[item[0]], fk.say("item_wrong", { text: item[2], why: item[3], right: n - wrong.length, n: n })];
      },
    },
    rule: {
      collect: fk.same,
      read: function (answer, key) {
        var missing = key.menus.filter(function (m) { return blank(answer[m[0]]); });
        if (missing.length) no("type_rows_missing", { missing: missing.map(function (m) { return m[1]; }) });
        return key.menus.map(function (m) { return m[2][answer[m[0]]]; }).reduce(function (a, b) {
          return Array.from(a, function (c, k) { return c === "1" && b[k] === "1" ? "1" : "0"; }).join("");
        });
      },
      judge: function (answer, right) {
        if (answer === right) return "right";
        var size = right.replace(/0/g, "").length;
        return size && differing(answer, right) <= 0.1 * size ? "close" : "wrong";
      },
    },
    sheet: {
      collect: fk.same,
      read: function (answer, key) {
        var missing = key.fields.filter(function (f) { return blank(answer[f[0]]); });
        if (missing.length) no("type_rows_missing", { missing: missing.map(function (f) { return f[1]; }) });
        var found = {};
        key.fields.forEach(function (f) { found[f[0]] = answer[f[0]].trim(); });
        return found;
      },
      judge: function (answer, right, key) { return faultIn(answer, key) ? "wrong" : "right"; },
      diagnose: faultIn,
    },
  };

  function empty(answer) {
    if (blank(answer)) return true;
    if (Array.isArray(answer)) return answer.every(empty);
    return typeof answer === "object" && Object.keys(answer).every(function (k) { return empty(answer[k]); });
  }
  fk.empty = empty;

  /* Judge what stands in a form. `asked` holds id, key, known, after, more. */
  fk.judge = function (asked, filled) {
    var key = asked.key, kind = fk.kinds[key.kind], answer = kind.collect(filled), plain, state;
    function told(state, message, mistake) {
      var next = state !== "right" ? fk.say("next_" + state, { id: asked.id }) : asked.more ? fk.say("for_those", { text: asked.more }) : "";
      return { state: state, message: message, mistake: mistake || "", next: next };
    }
    if (empty(answer)) return told("not_answered", fk.say("not_answered"));
    try {
      plain = kind.read(answer, key);
      state = kind.judge ? kind.judge(plain, key.right, key) : "";
    } catch (e) {
      if (e instanceof fk.NotOfKind) return told("type", fk.say(e.key, e.values));
      return told("type", e instanceof Error ? fk.say("type_other") : e.message);
    }
    if (key.kind === "choice") return told.apply(null, key.table[plain]);
    if (state === "right") return told(state, asked.after);
    for (var k = 0; k < asked.known.length; k += 1) {
      if (kind.judge(plain, asked.known[k][2], key) === "right") return told("known_mistake", asked.known[k][1], asked.known[k][0]);
    }
    var named = kind.diagnose ? kind.diagnose(plain, key) : null;
    if (named) return told("known_mistake", named[1], named[0]);
    return told(state, kind.missed ? kind.missed(state, plain, key) : fk.say(state + "_message"));
  };
})(globalThis.fk = globalThis.fk || {});
