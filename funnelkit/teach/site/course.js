/* Sends a form where it belongs and puts what comes back beside it; the page itself stays. */
(function () {
  "use strict";
  var texts = JSON.parse(document.body.dataset.texts);
  var query = "?lang=" + document.body.dataset.lang;

  function send(path, body) {
    return fetch(path + query, { method: "POST", body: body }).then(function (reply) {
      if (reply.status === 403) location.reload();
      return reply.json();
    });
  }

  function encoded(form, button) {
    var body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.append(button.name, button.value);
    return body;
  }

  /* Wide tables can be scrolled by keyboard, too. */
  function reach(root) {
    root.querySelectorAll(".fk-drawn, .fk-answer, .fk-ask table, .fk-table-wrap").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset.ask) return;
    event.preventDefault();
    var button = event.submitter;
    var told = form.querySelector(".fk-told");
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    if (button) button.setAttribute("aria-busy", "true");
    send(form.dataset.ask, encoded(form, button)).then(function (found) {
      if (found.page) { location.assign(found.page); return; }
      told.innerHTML = found.html;
      var ask = form.closest(".fk-ask");
      if (ask && found.state) {
        ask.dataset.state = found.state;
        var state = ask.querySelector(".fk-state");
        if (state) state.textContent = found.said;
      }
      var held = document.activeElement && document.activeElement.id;
      Object.keys(found.parts || {}).forEach(function (id) {
        var part = document.getElementById(id);
        if (part) part.innerHTML = found.parts[id];
      });
      /* who works by keyboard stays where they were */
      var again = held && document.getElementById(held);
      if (again && again !== document.activeElement) again.focus();
      if (found.state) document.querySelectorAll("details[data-after='" + form.dataset.id + "']").forEach(function (fold) { fold.open = true; });
      reach(told);
      told.scrollIntoView({ block: "nearest" });
    }, function () {
      told.textContent = texts.lost;
    }).finally(function () {
      form.removeAttribute("aria-busy");
      if (button) button.removeAttribute("aria-busy");
    });
  });

  /* A what-if answers while its controls move: the last position wins. */
  var waiting = new WeakMap();
  function follow(form) {
    var now = waiting.get(form) || { busy: false, again: false };
    waiting.set(form, now);
    if (now.busy) { now.again = true; return; }
    now.busy = true;
    send(form.dataset.whatif, encoded(form)).then(function (found) {
      form.querySelector(".fk-answer").innerHTML = found.html;
      form.querySelectorAll("output[data-of]").forEach(function (shown) {
        shown.textContent = found.shown[shown.dataset.of];
        var field = document.getElementById(shown.htmlFor.value);
        if (field) field.setAttribute("aria-valuetext", shown.textContent);
      });
    }, function () {
      form.querySelector(".fk-answer").textContent = texts.lost;
    }).finally(function () {
      now.busy = false;
      if (now.again) { now.again = false; follow(form); }
    });
  }
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.dataset.whatif) follow(form);
  });
  document.addEventListener("reset", function (event) {
    if (event.target.dataset.whatif) setTimeout(function () { follow(event.target); });
  });

  /* Pictures that are drawn for the first time come when they are ready. */
  function ask(place, tries) {
    fetch(place.dataset.drawn + query).then(function (reply) { return reply.json(); }).then(function (found) {
      if (found.again && tries > 0) { setTimeout(ask, 1500, place, tries - 1); return; }
      Object.keys(found.parts).forEach(function (id) {
        var part = document.getElementById(id);
        if (part) part.innerHTML = found.parts[id];
      });
      reach(document);
    }, function () {});
  }
  document.querySelectorAll("[data-drawn]").forEach(function (place) { ask(place, 400); });
  reach(document);
})();
