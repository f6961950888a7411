"use strict";
// Without this script the page is complete; with it the certificates can be filtered and sorted and commands copied.
(function () {
  var $ = function (id) { return document.getElementById(id); };
  var table = document.querySelector(".certs");
  if (table) certificates(table);
  document.querySelectorAll(".cmd").forEach(copyable);
  openTarget();
  addEventListener("hashchange", openTarget);
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not([open])").forEach(function (d) { d.open = true; d.dataset.print = ""; });
  });
  addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-print]").forEach(function (d) { d.open = false; delete d.dataset.print; });
  });

  // A link to a finding opens it; a link to a filtered row shows it.
  function openTarget() {
    var target = location.hash.length > 1 && $(location.hash.slice(1));
    if (!target) return;
    if (target.tagName === "DETAILS") target.open = true;
    if (target.hidden) $("clear").click();
    if (target.hidden) $("all").click();
    target.scrollIntoView();
  }

  function copyable(box) {
    var code = box.querySelector("code");
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the command");
    button.addEventListener("click", function () {
      copy(code, function (done) {
        button.textContent = done ? "Copied" : "Press Ctrl+C";
        setTimeout(function () { button.textContent = "Copy"; }, 2000);
      });
    });
    box.insertBefore(button, box.querySelector("pre"));
  }

  function copy(code, then) {
    var select = function () {
      var range = document.createRange();
      range.selectNodeContents(code);
      var selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      then(document.execCommand("copy"));
    };
    if (!navigator.clipboard) return select();
    navigator.clipboard.writeText(code.textContent).then(function () { then(true); }, select);
  }

  function certificates(table) {
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row, i) { return { row: row, rank: i, text: null }; });
    var query = $("q"), sort = $("sort"), count = $("count"), clear = $("clear"), toggle = $("toggle");
    var tiles = document.querySelectorAll("a.tile");
    var chosen = new Set();
    var order = { column: 0, down: false };
    // Browsers are slow with thousands of rows in sight, so the first ones are shown until all are asked for.
    var most = 500, timer = 0;

    document.querySelector(".tools").hidden = false;
    tiles.forEach(function (tile) {
      tile.setAttribute("role", "button");
      tile.setAttribute("aria-pressed", "false");
      tile.addEventListener("click", function (event) { event.preventDefault(); choose(tile); });
      tile.addEventListener("keydown", function (event) {
        if (event.key === " ") { event.preventDefault(); choose(tile); }
      });
    });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = cell.textContent;
      button.addEventListener("click", function () {
        order.down = order.column === column && !order.down;
        order.column = column;
        arrange();
      });
      cell.textContent = "";
      cell.appendChild(button);
    });
    sort.addEventListener("change", function () { order = { column: +sort.value, down: false }; arrange(); });
    query.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(filter, 80); });
    $("all").addEventListener("click", function () { most = Infinity; filter(); });
    addEventListener("beforeprint", function () { most = Infinity; filter(); });
    clear.addEventListener("click", function () {
      query.value = "";
      chosen.clear();
      tiles.forEach(function (tile) { tile.setAttribute("aria-pressed", "false"); });
      filter();
      if (document.activeElement === clear || document.activeElement === document.body) query.focus();
    });
    toggle.addEventListener("click", function () {
      var open = toggle.getAttribute("aria-expanded") !== "true";
      toggle.setAttribute("aria-expanded", open);
      toggle.textContent = open ? "Close all" : "Open all";
      body.querySelectorAll("tr:not([hidden]) details").forEach(function (d) { d.open = open; });
    });
    body.addEventListener("click", function (event) {
      var link = event.target.closest("a[href^='#e']");
      if (link) { event.preventDefault(); inline(link); }
    });
    mark();
    filter();

    function choose(tile) {
      var verdict = tile.dataset.verdict, on = !chosen.has(verdict);
      if (on) chosen.add(verdict); else chosen.delete(verdict);
      tile.setAttribute("aria-pressed", on);
      filter();
    }

    function filter() {
      var words = query.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
      rows.forEach(function (entry) {
        var show = !chosen.size || chosen.has(entry.row.className);
        if (show && words.length) {
          if (entry.text === null) entry.text = entry.row.textContent.toLowerCase();
          show = words.every(function (word) { return entry.text.indexOf(word) >= 0; });
        }
        shown += show;
        entry.row.hidden = !show || shown > most;
      });
      $("all").parentNode.hidden = shown <= most;
      count.textContent = (shown === rows.length ? "" : shown + " of ") + rows.length + " certificates"
        + (shown > most ? ", the first " + most + " shown" : "");
      clear.hidden = !words.length && !chosen.size;
    }

    function key(entry) {
      var cell = entry.row.cells[order.column];
      if (order.column < 3) return (cell.querySelector("summary") || cell).textContent;
      return cell.firstChild.textContent;
    }

    // What has no date or key comes last, whichever way the rest is sorted; equal rows stay worst first.
    function arrange() {
      var sign = order.down ? -1 : 1;
      if (order.column) rows.forEach(function (entry) { entry.key = key(entry); });
      rows.sort(function (a, b) {
        if (!order.column) return sign * (a.rank - b.rank);
        if ((a.key === "–") !== (b.key === "–")) return a.key === "–" ? 1 : -1;
        return sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) || a.rank - b.rank;
      });
      var all = document.createDocumentFragment();
      rows.forEach(function (entry) { all.appendChild(entry.row); });
      body.appendChild(all);
      filter();
      mark();
    }

    function mark() {
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, column) {
        if (column === order.column) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      });
      sort.value = String(order.column);
    }

    // Shows a shared explanation where it is asked for.
    function inline(link) {
      var next = link.nextElementSibling;
      if (next && next.className === "here") { next.remove(); link.textContent = "details"; return; }
      var source = $(link.getAttribute("href").slice(1));
      var here = document.createElement("div");
      here.className = "here";
      Array.prototype.slice.call(source.children, 1).forEach(function (part) { here.appendChild(part.cloneNode(true)); });
      link.after(here);
      link.textContent = "close";
    }
  }
})();
