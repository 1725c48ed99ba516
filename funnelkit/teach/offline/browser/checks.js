/* The checks of a sheet's fields, by the names funnelkit/teach/offline/checks.py knows them by. */
(function (fk) {
  "use strict";
  var MONTH = new RegExp("(20\\d\\d)\\s*[-/.年]\\s*\\d{1,2}|\\bQ[1-4]\\b.*20\\d\\d|20\\d\\d[^\\p{L}\\p{N}_]*Q[1-4]\\b|20\\d\\d\\s*年?[^\\p{L}\\p{N}_]*第?[一二三四1-4]季" +
    "|\\b\\d{1,2}\\s*[./]\\s*20\\d\\d|\\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[^\\p{L}\\p{N}_]+20\\d\\d", "iu");
  var GROUPS = ("we us all everybody everyone team department dept sales marketing management nobody the our whole" +
    " 大家 所有人 全体 全员 团队 部门 我们 销售 销售部 销售部门 销售团队 市场部 市场部门 各部门 管理层").split(" ");
  var COUNTED = new RegExp("(?<![\\p{L}\\p{N}_])(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|twice)(?![\\p{L}\\p{N}_])" +
    "|[一二两三四五六七八九十百半]+(?:个|周|月|天|年|次|单|成|家|人|倍|季|名|份|条)", "iu");
  var READ = {
    number: function (text) { return fk.numberIn(text) || 0; },
    share: fk.shareIn,
    rate: function (text) { var told = fk.numberIn(text) || 0; return told > 1 ? told / 100 : told; },
    day: fk.asDay,
  };
  var SIGNS = {
    ">": function (a, b) { return a > b; }, ">=": function (a, b) { return a >= b; },
    "<": function (a, b) { return a < b; }, "<=": function (a, b) { return a <= b; },
  };

  /* Each gives the hint for what does not hold, or "". One field is checked by its text, a sheet by all. */
  fk.checks = {
    number: function (text, it) { return fk.numberIn(text) === null ? it.hint : ""; },
    figure: function (text, it) { return /\p{Nd}/u.test(text) || COUNTED.test(text) ? "" : it.hint; },
    date: function (text, it) { return MONTH.test(text) || fk.dayIn(text) !== null ? "" : it.hint; },
    day: function (text, it) { return fk.dayIn(text) === null ? it.hint : ""; },
    share: function (text, it) {
      var value = fk.numberIn(text.replace(/\s*[%％]\s*$/, ""));
      return value !== null && value >= 0 && value <= 100 ? "" : it.hint;
    },
    person: function (text, it) {
      var named = text.toLowerCase().match(/[a-z]+|[\u4e00-\u9fff]+/g) || [];
      return named.some(function (word) { return GROUPS.indexOf(word) < 0; }) ? "" : it.hint;
    },
    between: function (text, it) {
      var value = fk.numberIn(text);
      if (value !== null && it.read) value = READ[it.read](text);
      return value === null ? it.none : value >= it.low && value <= it.high ? "" : it.hint;
    },
    unlike: function (text, it) { return new RegExp(it.pattern, "i").test(text) ? it.hint : ""; },
    cited: function (text, it) {
      var found = text.match(/[Ee][1-6]/g) || [], seen = {};
      found.forEach(function (e) { seen[e[1]] = true; });
      if (Object.keys(seen).length < 2) return it.two;
      return seen[3] || seen[4] || seen[5] ? "" : it.flow;
    },
    pairs: function (filled, it) {
      var read = READ[it.read];
      return it.pairs.every(function (p) { return SIGNS[p[1]](read(filled[p[0]]), read(filled[p[2]])); }) ? "" : it.hint;
    },
    product: function (filled, it) {
      var names = Object.keys(it.today), rates = names.map(function (n) { return READ.rate(filled[n]); });
      if (names.every(function (n, k) { return Math.abs(rates[k] - it.today[n]) < 1e-9; })) return it.same;
      var made = it.of * rates.reduce(function (a, b) { return a * b; }, 1);
      return made < it.least ? it.small : made > it.most ? it.large : "";
    },
    week: function (filled, it) {
      var hours = {}, all = 0;
      Object.keys(filled).forEach(function (k) { hours[k] = fk.numberIn(filled[k]) || 0; all += hours[k]; });
      return all > it.most ? it.large : hours.new < it.new ? it.no_new : hours.late < it.late ? it.no_late : "";
    },
    ninety: function (filled, it) {
      var days = it.fields.map(function (f) { return fk.dayIn(filled[f]); }), whole = days[days.length - 1] - days[0];
      var turned = days.some(function (d, k) { return k && d <= days[k - 1]; });
      return turned || whole < it.least || whole > it.most ? it.hint : "";
    },
  };
})(globalThis.fk = globalThis.fk || {});
