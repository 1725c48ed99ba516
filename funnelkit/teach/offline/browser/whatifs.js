/* The what-ifs that are sums: each gives the rows of its answer, as the function in funnelkit/teach/bank does. */
(function (fk) {
  "use strict";
  var w = fk.write;
  function add(list) { return list.reduce(function (a, b) { return a + b; }, 0); }
  function up(x) { return Math.ceil(x - 1e-9 * Math.max(1, Math.abs(x))); }
  function plain(value, digits) { return w.fixed(value, digits); }

  /* Units by largest remainders (Hamilton), the earlier part first where they are equal. */
  function largestRemainders(parts, whole) {
    var sum = add(parts), exact = parts.map(function (x) { return x / sum * whole; });
    var down = exact.map(function (x) { return Math.floor(x + 1e-9); });
    var rest = exact.map(function (x, k) { return [Math.round((x - down[k]) * 1e9), k]; });
    rest.sort(function (a, b) { return b[0] - a[0] || a[1] - b[1]; });
    rest.slice(0, whole - add(down)).forEach(function (r) { down[r[1]] += 1; });
    return down;
  }

  /* All sums of amounts that come or not, with their chances, in order. */
  function sums(amounts, chances) {
    var unit = add(amounts) * 1e-12, found = [[0, 1]];
    amounts.map(function (a, k) { return [a, chances[k]]; }).sort(function (a, b) { return a[0] - b[0]; }).forEach(function (one) {
      if (!one[1] || !one[0]) return;
      var made = new Map();
      function put(value, chance) {
        var key = Math.round(value / unit), old = made.get(key);
        if (old) old[1] += chance; else made.set(key, [value, chance]);
      }
      found.forEach(function (f) { put(f[0], f[1] * (1 - one[1])); });
      found.forEach(function (f) { put(f[0] + one[0], f[1] * one[1]); });
      found = Array.from(made.values()).sort(function (a, b) { return a[0] - b[0]; });
    });
    return found;
  }

  fk.whatifs = {
    rates: function (state, it) {
      var left = 1000;
      return [it.stages.map(function (s) { left *= s[0] in state ? state[s[0]] : 1; return [s[1], plain(left, 0)]; }), it.caption];
    },
    speed: function (state, it) {
      var now = it.n * it.win * it.value / it.days;
      var times = (1 + state.n) * (1 + state.win) * (1 + state.value) / (1 + state.days);
      return [[[it.heads[1], w.money(now)], [it.heads[2], w.money(now * times)], [it.heads[3], w.percent(times - 1, 1)]], it.heads[0]];
    },
    backwards: function (state, it) {
      var wins = it.unit.target * state.target / (it.unit.value * state.value), rates = it.stages.slice(0, -1).map(function (s) { return state[s[0]]; });
      var toWin = [1];
      for (var k = rates.length - 1, made = 1; k >= 0; k -= 1) { made *= rates[k]; toWin.unshift(made); }
      return [it.stages.map(function (s, k) { return [s[1], w.number(up(wins / toWin[k]), 0)]; }), it.head];
    },
    year: function (state, it) {
      var target = it.unit * state.target, weights = it.season.map(function (x) { return 1 + (x - 1) * state.season; });
      var asked = largestRemainders(weights, Math.round(target / 1e5)).map(function (n) { return n * 1e5; });
      var load = it.season.map(function () { return state.sellers; });
      for (var n = 0; n < state.hires; n += 1) load = load.map(function (x, k) {
        var own = k - (state.month - 1);
        return x + (own < 0 ? 0 : own < it.ramp.length ? it.ramp[own] : 1);
      });
      var comes = load.map(function (x) { return x * it.each * state.attainment; }), whole = Number(add(comes).toFixed(2));
      var rows = [it.names.slice(0, 3)].concat(asked.map(function (a, k) { return [String(k + 1), w.money(a), w.money(comes[k])]; }));
      rows.push([it.names[3], w.money(add(asked)), w.money(whole)], [it.ratio, "", w.percent(whole / target)]);
      return [rows, it.head];
    },
    deals: function (state, it) {
      var names = Object.keys(it.amounts), amounts = names.map(function (k) { return it.amounts[k]; });
      var chances = names.map(function (k) { return state[k]; }), all = sums(amounts, chances), target = it.unit * state.target;
      var mean = add(amounts.map(function (a, k) { return a * chances[k]; }));
      function atLeast(x) { var slack = 1e-9 * Math.max(Math.abs(x), 1e-300); return Number(add(all.filter(function (f) { return f[0] >= x - slack; }).map(function (f) { return f[1]; })).toFixed(12)); }
      function quantile(q) { var sum = 0, k = 0; while (k < all.length - 1 && (sum += all[k][1]) < q - 1e-12) k += 1; return all[k][0]; }
      return [[
        [it.mean, w.money(mean)], [it.reach, w.percent(atLeast(mean))], [it.middle, w.money(quantile(0.5))],
        [it.range, w.money(quantile(0.1)) + " – " + w.money(quantile(0.9))],
        [it.goal.replace("{target}", w.money(target)), w.percent(atLeast(target))],
      ], it.head];
    },
    luck: function (state, it) {
      return [[[it.any, w.percent(1 - Math.pow(1 - state.each, state.sellers), 0)], [it.strict, w.percent(1 - Math.pow(0.95, 1 / state.sellers), 2)]], ""];
    },
    service: function (state, it) {
      var whole = add(it.sales), slack = 1e-9 * whole, before = 0, tiers = { A: [0, 0], B: [0, 0], C: [0, 0] };
      it.sales.forEach(function (amount) {
        var tier = tiers[before < state.limit * whole - slack ? "A" : before < 0.95 * whole - slack ? "B" : "C"];
        before += amount; tier[0] += 1; tier[1] += amount / whole;
      });
      var visits = { A: state.a, B: it.plan.B[0], C: state.c }, hours = 0;
      var rows = ["A", "B", "C"].map(function (t) {
        var asked = tiers[t][0] * visits[t] * it.plan[t][1];
        hours += asked;
        return [t, w.number(tiers[t][0]), w.percent(tiers[t][1]), w.number(asked), w.number(asked / state.year, 2)];
      });
      rows.push([it.together, w.number(it.sales.length), w.percent(1), w.number(hours), w.number(hours / state.year, 2)]);
      return [rows, it.caption, it.head];
    },
    bid: function (state, it) {
      var margin = it.unit * state.margin, cost = it.unit * state.cost, worth = state.chance * margin - cost;
      var texts = [w.money(worth), w.percent(cost / margin, 1), cost ? w.number(margin / cost, 1) : "–", w.money(10 * worth), worth > 0 ? it.go : it.no_go];
      return [it.labels.map(function (label, k) { return [label, texts[k]]; }), it.caption];
    },
    costs: function (state, it) {
      var now = it.counts[Math.round((state.threshold - it.low) / it.step)], flagged = now[0] + now[2];
      return [[
        [it.names[0], w.number(flagged)], [it.names[1], w.percent(now[0] / Math.max(flagged, 1))],
        [it.names[2], w.percent(now[0] / Math.max(now[0] + now[1], 1))], [it.names[3], w.number(now[1] * state.missed + now[2] * state.wasted, it.digits)],
      ], ""];
    },
  };

  var SAFE = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  fk.safe = function (text) { return String(text).replace(/[&<>"']/g, function (c) { return SAFE[c]; }); };

  /* The answer of a what-if to where its controls stand. */
  fk.answered = function (panel, state) {
    if (panel.prepared) {
      var place = 0;
      panel.controls.forEach(function (c) {
        var at = c.options ? c.options.indexOf(state[c.name]) : Math.round((state[c.name] - c.low) / c.step);
        place = place * c.size + at;
      });
      return panel.texts[panel.prepared[place]];
    }
    var found = fk.whatifs[panel.script](state, panel.given), safe = fk.safe;
    var body = found[0].map(function (row) {
      return "<tr><th scope='row'>" + safe(row[0]) + "</th>" + row.slice(1).map(function (c) { return "<td>" + safe(c) + "</td>"; }).join("") + "</tr>";
    }).join("");
    var head = found[2] ? "<tr>" + found[2].map(function (h) { return "<th scope='col'>" + safe(h) + "</th>"; }).join("") + "</tr>" : "";
    return "<table class='fk-table'>" + (found[1] ? "<caption>" + safe(found[1]) + "</caption>" : "") + head + body + "</table>";
  };
})(globalThis.fk = globalThis.fk || {});
