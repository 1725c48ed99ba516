// Opens the list behind a number, and a deal of a list; works from a file, asks nobody.
(() => {
  const holder = document.querySelector("details.fk-lists");
  if (!holder) return;
  const told = JSON.parse(document.getElementById("fk-told")?.textContent || '{"deals":{}}');
  const deals = document.getElementById("fk-deals");
  const make = (name, text, about = {}) =>
    Object.assign(document.createElement(name), { textContent: text ?? "", ...about });
  const button = (text, act) => make("button", text, { type: "button", onclick: act });

  const dialog = make("dialog", "", { className: "fk-dialog fk-page" });
  dialog.setAttribute("aria-labelledby", "fk-dialog-title");
  document.body.append(dialog);
  dialog.addEventListener("click", (e) => e.target === dialog && dialog.close());

  const show = (title, tools, parts) => {
    const head = make("header");
    const close = button(holder.dataset.close, () => dialog.close());
    head.append(make("h4", title, { id: "fk-dialog-title" }), ...tools, close);
    const body = make("div", "", { className: "fk-in", tabIndex: 0 });
    body.append(...parts);
    dialog.replaceChildren(head, body);
    if (!dialog.open) dialog.showModal();
    close.focus();
  };

  // A text that a spreadsheet would take for a formula gets an apostrophe; a number is none.
  const cell = (text) => {
    const plain = text.replace(/(\d),(?=\d{3})/g, "$1");
    if (/^-?\d+(\.\d+)?$/.test(plain)) return plain;
    const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
    return '"' + safe.replaceAll('"', '""') + '"';
  };
  const csv = (table) =>
    [...table.rows].map((row) => [...row.cells].map((c) => cell(c.textContent.trim())).join(","))
      .join("\r\n");
  const saver = (table, name) => {
    const link = make("a", holder.dataset.csv, { download: name + ".csv" });
    link.href = "data:text/csv;charset=utf-8,%EF%BB%BF" + encodeURIComponent(csv(table));
    return link;
  };

  const value = (row, k) => {
    const text = (row.cells[k]?.textContent || "").trim();
    const plain = Number(text.replaceAll(",", ""));
    return text === "" ? null : Number.isNaN(plain) ? text : plain;
  };
  const order = (a, b) =>
    typeof a === typeof b
      ? typeof a === "number" ? a - b : a.localeCompare(b, document.documentElement.lang)
      : typeof a === "number" ? -1 : 1;
  const sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, k) => {
      const text = head.textContent;
      head.replaceChildren(button(text, () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [value(row, k), row]);
        rows.sort(([a], [b]) => // what is missing stands last, either way
          a === null || b === null ? (a === null) - (b === null) : order(a, b) * (up ? 1 : -1));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      }));
    });
  };

  const tableOf = (caption, heads, rows) => {
    const table = make("table", "", { className: "fk-table" });
    table.createCaption().textContent = caption;
    const top = table.createTHead().insertRow();
    heads.forEach((text) => top.append(make("th", text, { scope: "col" })));
    const body = table.createTBody();
    rows.forEach((row) => {
      const line = body.insertRow();
      row.forEach((text, k) => line.append(make(k ? "td" : "th", text, k ? {} : { scope: "row" })));
    });
    return table;
  };
  const openDeal = (number, back) => {
    const row = document.getElementById("d" + number);
    if (!row) return false;
    const [id, ...rest] = [...row.cells].map((c) => c.textContent.trim());
    const heads = [...deals.tHead.rows[0].cells].map((c) => c.textContent);
    const parts = [tableOf("", heads.slice(1), rest.length ? [rest] : [])];
    const own = told.deals[number];
    if (own) {
      parts.unshift(make("p", told.texts[own[0]]));
      own[1].forEach(([head, rows]) => {
        const [caption, ...names] = told.heads[head];
        parts.push(tableOf(caption, names, rows.map((r) => r.map((k) => told.texts[k]))));
      });
    }
    show(id, back ? [button(holder.dataset.back, back)] : [], parts);
    return true;
  };
  const openList = (anchor) => {
    const list = document.getElementById(anchor);
    if (!list) return false;
    const table = make("table", "", { className: "fk-table" });
    table.append(deals.tHead.cloneNode(true));
    const body = table.createTBody();
    list.dataset.rows.split(" ").forEach((number) => {
      const row = document.getElementById("d" + number).cloneNode(true);
      row.removeAttribute("id");
      const id = row.cells[0].textContent.trim();
      if (row.cells.length > 1) {
        const open = button(id, () => openDeal(number, () => openList(anchor)));
        row.cells[0].replaceChildren(open);
      }
      body.append(row);
    });
    const save = saver(table, anchor);
    sortable(table);
    const [title, count] = list.children;
    show(title.textContent, [save], [make("p", count.textContent), table]);
    return true;
  };

  document.addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href^='#']");
    const anchor = link?.getAttribute("href").slice(1) || "";
    const done = /^l-\d+$/.test(anchor) ? openList(anchor)
      : /^d\d+$/.test(anchor) ? openDeal(anchor.slice(1)) : false;
    if (done) e.preventDefault();
  });

  // What a mark says stands beside it, for the mouse and for the keyboard.
  const tip = make("div", "", { className: "fk-tip", hidden: true });
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  document.querySelectorAll("a.fk-m > title").forEach((title) => title.remove());
  const point = (e) => {
    const mark = e.target.closest?.("a.fk-m");
    tip.hidden = !mark;
    if (!mark) return;
    const note = mark.closest("table")?.dataset.note || "";
    tip.replaceChildren(make("b", mark.getAttribute("aria-label")), make("p", note));
    const box = mark.getBoundingClientRect();
    const left = Math.min(box.left + scrollX, scrollX + innerWidth - tip.offsetWidth - 8);
    const above = box.top + scrollY - tip.offsetHeight - 6;
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = (above < scrollY ? box.bottom + scrollY + 6 : above) + "px";
  };
  document.addEventListener("pointerover", point);
  document.addEventListener("focusin", point);
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") tip.hidden = true; });
})();
