/* Numbers as a reader of the language writes them: what funnelkit/words/formats.py writes. */
(function (fk) {
  "use strict";
  var MISSING = { en: "not available", zh: "无数据" };

  /* As Python writes them: the exact binary value is rounded, a half goes to the even digit. */
  function fixed(value, digits) {
    var text = Math.abs(value).toFixed(digits), exact = Math.abs(value).toFixed(Math.min(100, digits + 55));
    var tail = exact.slice(exact.indexOf(".") + 1 + digits);
    if (/^50*$/.test(tail) && Math.abs(value) < 1e15) {
      var cut = exact.slice(0, exact.indexOf(".") + (digits ? 1 + digits : 0));
      if (Number(cut[cut.length - 1]) % 2 === 0) text = cut;
    }
    var parts = text.split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, ",");
    return (value < 0 || Object.is(value, -0) ? "-" : "") + parts.join(".");
  }
  function nothing(value) { return value === null || value === undefined || value !== value; }
  function number(value, digits) {
    if (nothing(value)) return MISSING[fk.lang];
    var text = fixed(value, digits || 0);
    return /[1-9]/.test(text) ? text : text.replace(/^-+/, "");
  }
  fk.write = {
    fixed: fixed,
    number: number,
    count: function (value) { return number(value, 0); },
    percent: function (value, digits) {
      return nothing(value) ? MISSING[fk.lang] : fixed(100 * value, digits || 0).replace(/,/g, "") + "%";
    },
    money: function (value) {
      if (nothing(value)) return MISSING[fk.lang];
      var steps = fk.lang === "zh" ? [[1e8, " 亿"], [1e4, " 万"]] : [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];
      for (var k = 0; k < steps.length; k += 1) {
        if (Math.abs(value) >= steps[k][0]) return fixed(value / steps[k][0], 2).replace(/\.?0+$/, "") + steps[k][1];
      }
      return number(value, 0);
    },
    days: function (value) {
      var text = number(value, 1);
      return fk.lang === "zh" ? text + " 天" : text + (Number(text.replace(/,/g, "")) === 1 ? " day" : " days");
    },
  };
})(globalThis.fk = globalThis.fk || {});
