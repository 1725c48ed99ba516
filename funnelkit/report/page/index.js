// Sorts the reports by a column, and shows those that hold every word; works from a file.
const table = document.querySelector("table.reports");
const rows = [...table.tBodies[0].rows];
const heads = [...table.tHead.rows[0].cells];
const value = (row, k) => {
  const cell = row.cells[k];
  const given = cell?.dataset.value;
  return given === undefined ? cell?.textContent.trim() || null : Number(given);
};
const order = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b
    : String(a).localeCompare(String(b), document.documentElement.lang);
heads.forEach((head, k) => {
  if (!head.textContent) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.onclick = () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = rows.map((row) => [value(row, k), row]);
    keyed.sort(([a], [b]) => // what is missing stands last, either way
      a === null || b === null ? (a === null) - (b === null) : order(a, b) * (up ? 1 : -1));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  };
  head.replaceChildren(button);
});
const box = document.getElementById("search");
const texts = rows.map((row) => row.textContent.normalize("NFKC").toLowerCase());
box?.addEventListener("input", () => {
  const words = box.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  rows.forEach((row, k) => {
    row.hidden = !words.every((word) => texts[k].includes(word));
    left += row.hidden ? 0 : 1;
  });
  document.getElementById("matches").value = words.length ? left + " / " + rows.length : "";
});
