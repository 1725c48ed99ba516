/* Numbers, sums and days as people write them: what funnelkit/teach/kinds (numbers, formula, days) reads. */
(function (fk) {
  "use strict";

  /* The answer is not of the kind asked for; `key` names the message. */
  function NotOfKind(key, values) { this.key = key; this.values = values || {}; }
  fk.NotOfKind = NotOfKind;
  function no(key, values) { throw new NotOfKind(key, values); }

  /* Digits of any script as 0 to 9. */
  function ascii(text) {
    return text.replace(/\p{Nd}/gu, function (digit) {
      var code = digit.codePointAt(0), value = 0;
      if (code < 128) return digit;
      while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
      return String(value);
    });
  }

  var TEXT = /^(?:[¥$€£￥]|cny|rmb|usd|eur)?\s*([-+−]?[\p{Nd},，\s]*\.?\p{Nd}+(?:e[-+]?\p{Nd}+)?)\s*(.*)$/iu;
  var TIMES = {
    "%": 0.01, "％": 0.01, k: 1e3, m: 1e6, bn: 1e9, million: 1e6, thousand: 1e3,
    "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8, point: 0.01, points: 0.01, pp: 0.01,
    percent: 0.01, "percentage points": 0.01, "个百分点": 0.01, "百分点": 0.01,
  };
  var NAMED = /(元|天|days?|deals?|hours?|h|wins?|leads?|个|条|单|人|小时|usd|eur|cny|rmb|\/.*)$/;
  var ABOUT = /^(about|around|roughly|approx\.?|ca\.?|~|≈|约|大约|大概)\s*/i;

  fk.number = function (answer) {
    if (typeof answer === "number") return answer;
    var text = String(answer).trim().replace(ABOUT, ""), match = TEXT.exec(text);
    if (match) {
      var told = match[2].trim().toLowerCase(), unit = told.replace(NAMED, "").trim();
      if (!unit || unit in TIMES) {
        var number = Number(ascii(match[1]).replace(/[,，\s]/g, "").replace(/−/g, "-"));
        if (!/[\p{Nd})]\s*\//u.test(text) || told in TIMES) {
          if (!isFinite(number)) no("type_missing_number");
          return Number((number * (unit in TIMES ? TIMES[unit] : 1)).toFixed(12));
        }
      }
    }
    var found = workOut(ascii(text).replace(/(\d)[,，](?=\d{3}(?![\p{L}\p{N}_]))/gu, "$1"));
    if (typeof found !== "number" || !isFinite(found)) no("type_number");
    return found;
  };
  var FIGURE = /(?<![\p{L}\p{N}_.])\p{Nd}[\p{Nd},]*(?:\.\p{Nd}+)?/gu;
  /* The number a field holds, also with a word behind it, or null. */
  fk.numberIn = function (text) {
    try { return fk.number(text); } catch (e) {
      var figures = text.match(FIGURE) || [];
      return figures.length === 1 ? fk.number(figures[0]) : null;
    }
  };
  fk.shareIn = function (text) { return fk.numberIn(text.replace(/\s*[%％]\s*$/, "")) || 0; };

  /* A sum: numbers, + - * / ^, brackets and a few functions. Returns NaN where it is none. */
  var SIGNS = { "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "（": "(", "）": ")", "，": "," };
  function halves(x) {  /* halves go to the even neighbour */
    var down = Math.floor(x), rest = x - down;
    return rest < 0.5 ? down : rest > 0.5 ? down + 1 : down % 2 ? down + 1 : down;
  }
  var FUNCTIONS = {
    sqrt: [1, 1, Math.sqrt], floor: [1, 1, Math.floor], ceil: [1, 1, Math.ceil], abs: [1, 1, Math.abs],
    round: [1, 2, function (x, n) { return n ? Number(x.toFixed(Math.max(0, n))) : halves(x); }],
    min: [2, 99, Math.min], max: [2, 99, Math.max],
    sum: [1, 99, function () { return Array.prototype.reduce.call(arguments, function (a, b) { return a + b; }, 0); }],
  };
  var TOKEN = /\s*(?:(0[xob][\da-f]+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:e[-+]?\d(?:_?\d)*)?)|(\*\*|[-+*\/(),])|([a-z]+))/iy;

  function workOut(text) {
    var plain = text.replace(/[×·÷−–（），]/g, function (c) { return SIGNS[c]; })
      .replace(/(\d(?:[\d.]*\d)?)\s*[%％]/g, "($1/100)").replace(/\^/g, "**").trim();
    if (plain.length > 200) return NaN;
    var tokens = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < plain.length) {
      var found = TOKEN.exec(plain);
      if (!found) return NaN;
      if (found[1] && /^0\d*[1-9]/.test(found[1].replace(/_/g, "")) && /^[\d_]+$/.test(found[1])) return NaN;
      tokens.push(found[1] !== undefined ? Number(found[1].replace(/_/g, "")) : found[2] || { name: found[3] });
    }
    var at = 0;
    function take(sign) { if (tokens[at] !== sign) return false; at += 1; return true; }
    function fail() { throw new RangeError("no sum"); }
    function finite(x) { if (!isFinite(x)) fail(); return x; }
    function sum() {
      var left = product();
      for (;;) {
        if (take("+")) left = finite(left + product());
        else if (take("-")) left = finite(left - product());
        else return left;
      }
    }
    function product() {
      var left = signed();
      for (;;) {
        if (take("*")) left = finite(left * signed());
        else if (take("/")) left = finite(left / signed());
        else return left;
      }
    }
    function signed() {
      if (take("-")) return -signed();
      if (take("+")) return signed();
      return power();
    }
    function power() {
      var base = one();
      if (!take("**")) return base;
      var up = signed();
      if (Math.abs(up) > 64 || Math.abs(base) > 1e12) fail();
      return finite(Math.pow(base, up));
    }
    function one() {
      var next = tokens[at];
      at += 1;
      if (typeof next === "number") return next;
      if (next === "(") { var inside = sum(); if (!take(")")) fail(); return inside; }
      if (next && next.name && Object.prototype.hasOwnProperty.call(FUNCTIONS, next.name) && take("(")) {
        var given = [];
        while (!take(")")) { given.push(sum()); if (tokens[at] !== ")" && !take(",")) fail(); }
        var rule = FUNCTIONS[next.name];
        if (given.length < rule[0] || given.length > rule[1]) fail();
        return finite(rule[2].apply(null, given));
      }
      return fail();
    }
    try {
      var value = sum();
      return at === tokens.length ? value : NaN;
    } catch (e) {
      if (e instanceof RangeError) return NaN;
      throw e;
    }
  }
  fk.workOut = workOut;

  var MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
  var NAME = "(?<name>" + MONTHS.join("|") + ")[a-z]*\\.?", D = "\\p{Nd}", EDGE = "(?<![\\p{L}\\p{N}_])";
  var APART = "[^\\p{L}\\p{N}_]+";
  var FORMS = [
    "(?<y>D{4})\\s*[\\-\\/.年]\\s*(?<m>D{1,2})\\s*[\\-\\/.月]\\s*(?<d>D{1,2})",
    EDGE + "(?<d>D{1,2})(?:st|nd|rd|th)?" + APART + "(?:of\\s+)?" + NAME + APART + "(?<y>D{4})",
    EDGE + NAME + "\\s+(?<d>D{1,2})(?:st|nd|rd|th)?" + APART + "(?<y>D{4})",
    EDGE + "(?<d>D{1,2})\\s*[.\\/]\\s*(?<m>D{1,2})\\s*[.\\/]\\s*(?<y>D{4})",
  ].map(function (form) { return new RegExp(form.replace(/D\{/g, D + "{"), "iu"); });
  var SLASHED = new RegExp(EDGE + "(" + D + "{1,2})\\/(" + D + "{1,2})\\/" + D + "{4}", "u");

  /* A day as a number that grows by one a day (1 is 1 January of year 1), or null. */
  fk.dayIn = function (text) {
    text = ascii(text);
    for (var k = 0; k < FORMS.length; k += 1) {
      var found = FORMS[k].exec(text);
      if (!found) continue;
      var parts = found.groups, year = Number(parts.y), day = Number(parts.d);
      var month = parts.name ? MONTHS.indexOf(parts.name.slice(0, 3).toLowerCase()) + 1 : Number(parts.m);
      if (month > 12 && day <= 12 && SLASHED.test(text)) { var other = month; month = day; day = other; }
      var made = new Date(0);
      made.setUTCFullYear(year, month - 1, day);
      if (year < 1 || made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day) return null;
      return Math.round(made.getTime() / 864e5) + 719163;
    }
    return null;
  };
  fk.asDay = function (text) {
    var day = fk.dayIn(text);
    if (day === null) no("type_day");
    var slashed = SLASHED.exec(ascii(text));
    if (slashed && slashed[1] !== slashed[2] && Math.max(Number(slashed[1]), Number(slashed[2])) <= 12) no("type_day_twice", { found: text });
    return day;
  };
})(globalThis.fk = globalThis.fk || {});
