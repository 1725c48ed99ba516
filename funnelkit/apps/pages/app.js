/* Joins an app's page to the browser: address, names of controls, files, the copied link. */
(function () {
  "use strict";
  var params = new URLSearchParams(location.search);
  var theme = document.documentElement;

  function place() {
    var all = document.querySelectorAll(".fk-place");
    return all[all.length - 1];
  }

  /* The token is in a cookie by now; an address that is sent on must not hold it. */
  function address(query) {
    var parts = [];
    var lang = params.get("lang");
    if (lang) parts.push("lang=" + encodeURIComponent(lang));
    if (query) parts.push(query);
    return location.pathname + (parts.length ? "?" + parts.join("&") : "");
  }

  function follow() {
    var now = place();
    if (!now) return;
    if (now.dataset.lang) theme.lang = now.dataset.lang === "zh" ? "zh-CN" : now.dataset.lang;
    if (now.dataset.title) document.title = now.dataset.title;
    var query = now.dataset.query || "";
    var to = address(query);
    if (to !== location.pathname + location.search) history.replaceState(null, "", to);
    var other = document.querySelector(".fk-other");
    if (other) {
      var next = now.dataset.lang === "zh" ? "en" : "zh";
      other.href = "?lang=" + next + (query ? "&" + query : "");
      other.textContent = next === "zh" ? "中文" : "English";
      other.lang = next === "zh" ? "zh-CN" : "en";
      other.hidden = false;
    }
    document.querySelectorAll(".fk-ways [data-en]").forEach(function (link) {
      link.textContent = link.dataset[now.dataset.lang] || link.textContent;
      if (params.get("lang") && link.search !== "?lang=" + params.get("lang")) {
        link.search = "?lang=" + params.get("lang");
      }
    });
  }

  /* What a widget leaves unsaid to those who do not see it. */
  function put(node, name, value) {
    if (value && node.getAttribute(name) !== value) node.setAttribute(name, value);
  }

  function name() {
    document.querySelectorAll(".fk-control").forEach(function (row) {
      var label = row.querySelector(".widget-label, label");
      var text = label ? label.textContent.trim() : "";
      var readout = row.querySelector(".widget-readout");
      row.querySelectorAll(".noUi-handle").forEach(function (handle) {
        put(handle, "aria-label", text);
        if (readout) put(handle, "aria-valuetext", readout.textContent);
      });
      if (readout) {
        put(readout, "role", "textbox");
        put(readout, "aria-label", text);
      }
      row.querySelectorAll("select, input").forEach(function (field) {
        if (!field.id && !field.closest("label")) put(field, "aria-label", text);
      });
    });
    document.querySelectorAll(".fk-shell button").forEach(function (button) {
      if (button.textContent.trim() === "↺") put(button, "aria-label", button.title);
    });
    document.querySelectorAll(".fk-app table").forEach(function (table) {
      if (table.closest(".fk-table-wrap")) return;
      var wrap = document.createElement("div");
      wrap.className = "fk-table-wrap";
      table.replaceWith(wrap);
      wrap.appendChild(table);
    });
    document.querySelectorAll(".fk-table-wrap").forEach(function (wrap) {
      if (wrap.scrollWidth > wrap.clientWidth) {
        var caption = wrap.querySelector("caption");
        put(wrap, "tabindex", "0");
        put(wrap, "role", "region");
        put(wrap, "aria-label", caption ? caption.textContent : document.title);
      }
    });
  }

  /* The widgets are there: what stood in for them goes, and with it the double of the numbers. */
  function swap() {
    var first = document.getElementById("first");
    var waiting = document.querySelector(".fk-waiting");
    var shell = document.querySelector(".fk-shell");
    if (waiting && (first || shell)) waiting.remove();
    var before = document.getElementById("fk-main");
    if (before && shell && shell.querySelector(".fk-answer p, .fk-answer table")) {
      var panel = document.getElementById("main");
      if (panel) {
        panel.setAttribute("role", "main");
        before.remove();
      } else if (first) {
        first.remove();
      }
      document.body.classList.add("fk-live");
    }
    var numbers = document.querySelector(".fk-shell .fk-answer");
    if (numbers) put(numbers, "aria-live", "polite");
  }

  /* The main sentence at the edge of a narrow screen, while the numbers themselves are not seen. */
  var bar, watched;
  function keepInSight() {
    var main = document.querySelector(".fk-shell .fk-answer p");
    if (!main) return;
    if (!bar) {
      bar = document.createElement("div");
      bar.className = "fk-now";
      bar.setAttribute("aria-hidden", "true");
      document.body.appendChild(bar);
    }
    if (bar.textContent !== main.textContent) bar.textContent = main.textContent;
    if (watched !== main && window.IntersectionObserver) {
      watched = main;
      new IntersectionObserver(function (seen) {
        bar.classList.toggle("fk-needed", !seen[0].isIntersecting && seen[0].boundingClientRect.top > 0);
      }).observe(main);
    }
  }

  /* A file the kernel made: handed to the browser once. */
  function fetchFile() {
    document.querySelectorAll(".fk-shell a.fk-take:not([data-taken])").forEach(function (link) {
      link.dataset.taken = "1";
      link.click();
    });
  }

  function copied(button) {
    var was = button.textContent;
    button.textContent = button.dataset.done || "✓";
    setTimeout(function () { button.textContent = was; }, 1500);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest(".fk-do-copy");
    if (!button) return;
    button = button.matches("button") ? button : button.querySelector("button") || button;
    var text = location.origin + location.pathname + location.search;
    var done = function () { copied(button); };
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, function () { byHand(text, done); });
    } else {
      byHand(text, done);
    }
  });

  function byHand(text, done) {
    var field = document.createElement("textarea");
    field.value = text;
    document.body.appendChild(field);
    field.select();
    if (document.execCommand("copy")) done();
    field.remove();
  }

  /* A page that rested too long has lost its kernel: who comes back to it gets a new one. */
  var config = document.getElementById("jupyter-config-data");
  var told = config ? JSON.parse(config.textContent) : {};
  var looked = Date.now();
  function back() {
    if (!told.kernelId || document.hidden || Date.now() - looked < 30000) return;
    looked = Date.now();
    fetch(told.baseUrl + "api/kernels/" + told.kernelId).then(function (reply) {
      if (reply.status === 404) location.reload();
    }, function () {});
  }
  ["visibilitychange", "pointerdown", "keydown"].forEach(function (kind) {
    document.addEventListener(kind, back);
  });

  var asked = false;
  function soon() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(function () {
      asked = false;
      follow();
      swap();
      name();
      keepInSight();
      fetchFile();
    });
  }

  new MutationObserver(soon).observe(document.body, {
    childList: true, subtree: true, characterData: true, attributes: true,
    attributeFilter: ["data-query", "class"]
  });
  soon();
})();
