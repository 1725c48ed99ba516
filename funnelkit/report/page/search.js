// Shows the rows that hold every word; works from a file, asks nobody.
const box = document.getElementById("search");
const rows = [...document.querySelectorAll("table.reports tbody tr")];
const texts = rows.map((row) => row.textContent.normalize("NFKC").toLowerCase());
const show = () => {
  const words = box.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  rows.forEach((row, k) => {
    row.hidden = !words.every((word) => texts[k].includes(word));
    left += row.hidden ? 0 : 1;
  });
  document.getElementById("matches").value = words.length ? left + " / " + rows.length : "";
};
box.addEventListener("input", show);
