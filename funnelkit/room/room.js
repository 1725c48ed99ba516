/* Follows the trainer: where everybody is sent, what is shut, what the team decided. */
(function () {
  "use strict";
  var lang = document.body.dataset.lang;
  var here = location.pathname.replace(/^\//, "");
  var live = document.getElementById("live");

  function put(parts) {
    var held = document.activeElement && document.activeElement.id;
    Object.keys(parts || {}).forEach(function (id) {
      var part = document.getElementById(id);
      if (!part || part.dataset.shown === parts[id]) return;
      part.dataset.shown = parts[id];
      part.innerHTML = parts[id];
    });
    var again = held && document.getElementById(held);
    if (again && again !== document.activeElement) again.focus();
  }

  function get(path) {
    return fetch(path).then(function (reply) {
      if (reply.status === 403) location.reload();
      return reply.json();
    });
  }

  /* The trainer's page: nothing is replaced while a button of it is being pressed. */
  function watch() {
    var inside = document.activeElement && document.activeElement.closest("input");
    var next = inside ? Promise.resolve() : get("/trainer/live?lang=" + lang).then(function (found) { put(found.parts); });
    next.catch(function () {}).then(function () { setTimeout(watch, 3000); });
  }

  var moves = -1;
  function follow() {
    get("/now?lang=" + lang + "&at=" + encodeURIComponent(here)).then(function (now) {
      var seen = sessionStorage.getItem("fk-call");
      sessionStorage.setItem("fk-call", now.call);
      if (seen !== null && Number(seen) !== now.call && now.page !== here) {
        location.assign("/" + now.page + "?lang=" + lang);
        return;
      }
      document.getElementById("shut").hidden = !now.shut;
      var board = document.querySelector("[data-moves]");
      if (board && moves !== now.moves && Number(board.dataset.moves) !== now.moves) {
        get("/game/board?lang=" + lang).then(function (found) { put(found.parts); }, function () {});
      }
      moves = now.moves;
    }).catch(function () {}).then(function () { setTimeout(follow, 2500); });
  }

  if (live) setTimeout(watch, 3000);
  else if (document.getElementById("shut")) follow();

  /* The hours of a month are said while the slider moves. */
  document.addEventListener("input", function (event) {
    if (event.target.id === "hours") document.getElementById("hours-now").textContent = event.target.value;
  });

  /* A what-if's picture is drawn when its controls rest; its numbers follow at once. */
  var rest;
  function draw(form) {
    var place = form.closest("[data-draw]");
    if (!place) return;
    clearTimeout(rest);
    rest = setTimeout(function () {
      fetch(place.dataset.draw + "?lang=" + lang, { method: "POST", body: new URLSearchParams(new FormData(form)) })
        .then(function (reply) { return reply.json(); })
        .then(function (found) { place.querySelector(":scope > .fk-drawn").innerHTML = found.html; }, function () {});
    }, 700);
  }
  document.addEventListener("input", function (event) { if (event.target.form) draw(event.target.form); });
  document.addEventListener("reset", function (event) { setTimeout(draw, 0, event.target); });
})();
