"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  // Tables: a button in every heading sorts, a field above long tables filters.
  const number = (text) => {
    const value = parseFloat(text.replace(/[,%\s]/g, "").replace("−", "-"));
    return Number.isNaN(value) ? -Infinity : value;
  };
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = words.sort;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const upwards = head.getAttribute("aria-sort") === (head.classList.contains("n") ? "descending" : null)
          || head.getAttribute("aria-sort") === "descending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", upwards ? "ascending" : "descending");
        const key = head.classList.contains("n") ? number : (text) => text;
        const compare = head.classList.contains("n") ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : order.compare;
        const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column].textContent), row]);
        rows.sort((a, b) => (upwards ? compare(a[0], b[0]) : compare(b[0], a[0])));
        table.tBodies[0].append(...rows.map((pair) => pair[1]));
      });
    });
  }
  for (const field of document.querySelectorAll("input[data-table]")) {
    const rows = [...document.getElementById(field.dataset.table).tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    field.parentElement.hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, at) => {
        row.hidden = !wanted.every((word) => texts[at].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      field.nextElementSibling.textContent = wanted.length ? filled(words.found, { shown, all: rows.length }) : "";
    });
  }

  // Charts: drawn in the colours of the page, again when these change, and once more for paper.
  const boxes = [...document.querySelectorAll(".chart")];
  if (!boxes.length || typeof echarts === "undefined") return;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const coloured = (value) => {
    if (typeof value === "string") return value.startsWith("var:") ? style(value.slice(4)) : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  };
  const theme = () => {
    const [ink, soft, line, paper] = ["ink", "soft", "line", "paper"].map(style);
    const axis = {
      axisLine: { lineStyle: { color: soft } },
      axisTick: { lineStyle: { color: soft } },
      axisLabel: { color: ink },
      nameTextStyle: { color: soft },
      splitLine: { lineStyle: { color: line } },
    };
    return {
      color: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => style(`c${n}`)),
      textStyle: { color: ink, fontFamily: getComputedStyle(document.body).fontFamily },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: axis,
      legend: { textStyle: { color: ink }, inactiveColor: soft },
      tooltip: { backgroundColor: paper, borderColor: line, textStyle: { color: ink }, confine: true },
      sankey: { label: { color: ink } },
      visualMap: { textStyle: { color: ink } },
    };
  };
  const printing = matchMedia("print");
  const drawn = new Map();
  const draw = (box) => {
    if (drawn.has(box)) drawn.get(box).dispose();
    const option = coloured(JSON.parse(box.dataset.option));
    for (const [name, shape] of Object.entries(option.maps || {})) echarts.registerMap(name, shape);
    delete option.maps;
    const plain = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
    option.tooltip = {
      ...option.tooltip,
      formatter: (shown) => [shown].flat().map((one) => one.data && one.data.tip).filter(Boolean).map(plain).join("<br>"),
    };
    const size = printing.matches ? { width: Math.max(680, parseInt(box.style.minWidth, 10) || 0), height: parseInt(box.style.height, 10) } : {};
    const chart = echarts.init(box, theme(), { renderer: "svg", ...size });
    chart.setOption({ animation: false, ...option });
    const picture = box.querySelector("svg");
    picture.setAttribute("viewBox", `0 0 ${picture.getAttribute("width")} ${picture.getAttribute("height")}`);
    drawn.set(box, chart);
  };
  const all = () => boxes.forEach(draw);
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  printing.addEventListener("change", all);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) {
      width = innerWidth;
      requestAnimationFrame(all);
    }
  });
})();
