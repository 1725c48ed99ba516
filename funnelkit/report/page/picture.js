// Copies a chart as a picture: the page's own marks, type and colours, drawn by the browser.
(() => {
  const words = document.querySelector("details.fk-lists")?.dataset;
  if (!words) return;
  const scale = 2, edge = 16;
  const styles = [...document.querySelectorAll("style")].map((s) => s.textContent).join("\n");

  const drawn = async (parts, heading) => {
    const boxes = parts.map((part) => part.getBoundingClientRect());
    const width = Math.ceil(Math.max(...boxes.map((b) => b.width))) + 2 * edge;
    const page = document.createElement("div");
    page.className = "fk-page";
    page.style.cssText = `box-sizing: border-box; margin: 0; max-width: none; padding: ${edge}px; width: ${width}px`;
    const title = Object.assign(document.createElement("h3"), { textContent: heading });
    title.style.marginTop = 0;
    const source = Object.assign(document.createElement("p"),
      { className: "fk-muted", textContent: document.title });
    page.append(title, ...parts.map((part) => part.cloneNode(true)), source);
    page.querySelectorAll("details, button").forEach((part) => part.remove());
    document.body.append(page); // as high as it will be
    const height = Math.ceil(page.getBoundingClientRect().height);
    page.remove();
    const style = document.createElement("style");
    style.textContent = styles;
    page.prepend(style);
    const text = new XMLSerializer().serializeToString(page);
    const image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<foreignObject width="100%" height="100%">${text}</foreignObject></svg>`);
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"),
      { width: scale * width, height: scale * height });
    const pen = canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(document.body).backgroundColor;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };

  const saved = (blob) => {
    const link = Object.assign(document.createElement("a"),
      { download: "chart.png", href: URL.createObjectURL(blob) });
    link.click();
    URL.revokeObjectURL(link.href);
  };

  document.querySelectorAll("main figure.fk-chart, main .fk-ct").forEach((chart) => {
    if (chart.matches(".fk-chart .fk-ct")) return;
    const parts = [chart];
    while (parts.at(-1).nextElementSibling?.matches(".fk-keys, .fk-cut")) {
      parts.push(parts.at(-1).nextElementSibling);
    }
    const heading = chart.closest("div, section")?.querySelector("h3, h2")?.firstChild;
    const button = Object.assign(document.createElement("button"),
      { type: "button", className: "fk-copy", textContent: words.picture });
    button.addEventListener("click", async () => {
      const blob = await drawn(parts, heading?.textContent || document.title);
      try {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        button.textContent = words.copied;
      } catch { // a browser that does not let a page write pictures
        saved(blob);
      }
    });
    parts.at(-1).after(button);
  });
})();
