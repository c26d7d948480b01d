// What the pages can do beyond links and forms. Everything works without it; nothing here knows about money rules.
(() => {
  "use strict";

  const money = (pence) =>
    (pence < 0 ? "\u2212£" : "£") +
    (Math.abs(pence) / 100).toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  // Amounts are added up in whole pence, never in pounds: 0.1 + 0.2 must be 0.30.
  const pence = (text) => Math.round(Number(text || 0) * 100);
  const oneOf = (noun) => noun.replace(/ies$/, "ys").replace(/ches$/, "chs").replace(/s$/, "");
  const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // The error summary takes the focus, and its links go into the field itself.
  function errorSummary(root) {
    const summary = root.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    (target.matches("input, select, textarea, a, button") ? target : target.querySelector("input, select, textarea, a, button") || target).focus();
  });

  // "/" goes to the search box, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    const search = document.getElementById("search");
    if (event.key !== "/" || !search || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // Tables: tick all, a range with Shift, arrows or j and k from row to row, Space to tick, Enter to open.
  const boxes = (table) => [...table.querySelectorAll("tbody input[type=checkbox][name=selected]")];
  function showSelection(table) {
    const all = boxes(table);
    const ticked = all.filter((box) => box.checked);
    all.forEach((box) => box.closest("tr").classList.toggle("row-selected", box.checked));
    const head = table.querySelector("[data-check-all]");
    if (head) {
      head.checked = all.length > 0 && ticked.length === all.length;
      head.indeterminate = ticked.length > 0 && !head.checked;
    }
    const bar = all.length && document.getElementById(all[0].getAttribute("form"));
    if (!bar) return;
    bar.classList.toggle("is-empty", ticked.length === 0);
    bar.querySelector("[data-bulk-clear]").hidden = false;
    bar.querySelector("[data-bulk-count]").textContent =
      `${ticked.length} ${ticked.length === 1 ? oneOf(bar.dataset.noun) : bar.dataset.noun} selected`;
    const amounts = ticked.filter((box) => box.dataset.amount !== "");
    bar.querySelector("[data-bulk-total]").textContent =
      amounts.length ? money(amounts.reduce((sum, box) => sum + pence(box.dataset.amount), 0)) : "";
    // A button with data-bulk-words="Pass # for £" says how many it passes, and for how much. With data-bulk-of="pass"
    // it counts the boxes that say data-pass="yes", and those that say "reason" once a reason is typed.
    const explained = bar.querySelector("[name=reason]") && bar.querySelector("[name=reason]").value.trim() !== "";
    bar.querySelectorAll("[data-bulk-words]").forEach((button) => {
      const of = button.dataset.bulkOf;
      const counted = ticked.filter((box) => !of || box.dataset[of] === "yes" || (explained && box.dataset[of] === "reason"));
      const noun = counted.length === 1 ? oneOf(bar.dataset.noun) : bar.dataset.noun;
      button.textContent = button.dataset.bulkWords
        .replace("#", `${counted.length} ${noun}`)
        .replace("£", money(counted.reduce((sum, box) => sum + pence(box.dataset.amount), 0)));
    });
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-bulk] [name=reason]")) document.querySelectorAll("[data-grid]").forEach((table) => boxes(table).length && showSelection(table));
  });
  function grids(root) {
    root.querySelectorAll("[data-keys]").forEach((keys) => (keys.hidden = false));
    root.querySelectorAll("[data-grid]").forEach((table) => {
      const head = table.querySelector("[data-check-all]");
      if (head) head.hidden = false;
      if (boxes(table).length) showSelection(table);
      else if (head) root.querySelectorAll("[data-bulk]").forEach((bar) => bar.classList.add("is-empty"));
    });
  }
  // The page's table ends where the window ends, so that its totals and pages are seen without scrolling to them.
  function fit() {
    const panel = [...document.querySelectorAll(".column-main > .table-panel, .stack > .table-panel")].pop();
    const region = panel && panel.querySelector(".table-scroll");
    if (!region || !region.querySelector("[data-grid]")) return;
    const below = panel.getBoundingClientRect().bottom - region.getBoundingClientRect().bottom + 16;
    const room = window.innerHeight - (region.getBoundingClientRect().top + window.scrollY) - below;
    region.style.maxHeight = `${Math.max(room, 340)}px`;
  }
  window.addEventListener("resize", fit);

  let lastBox = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-grid] input[type=checkbox]");
    if (box) {
      const table = box.closest("[data-grid]");
      const all = boxes(table);
      if (box.matches("[data-check-all]")) all.forEach((each) => (each.checked = box.checked));
      else if (event.shiftKey && lastBox && all.includes(lastBox)) {
        const [from, to] = [all.indexOf(lastBox), all.indexOf(box)].sort((a, b) => a - b);
        all.slice(from, to + 1).forEach((each) => (each.checked = box.checked));
      }
      if (!box.matches("[data-check-all]")) lastBox = box;
      showSelection(table);
    }
    const clear = event.target.closest("[data-bulk-clear]");
    if (clear) {
      const bar = clear.closest("form");
      document.querySelectorAll("[data-grid]").forEach((table) => {
        const mine = boxes(table).filter((each) => each.getAttribute("form") === bar.id);
        mine.forEach((each) => (each.checked = false));
        if (mine.length) {
          showSelection(table);
          mine[0].focus();
        }
      });
    }
  });
  document.addEventListener("keydown", (event) => {
    const region = event.target.closest(".table-scroll");
    const table = region && region.querySelector("[data-grid]");
    // Ctrl and Enter saves what was chosen line by line, from a line's select too.
    const save = table && event.key === "Enter" && event.ctrlKey && document.querySelector("[data-grid-save]");
    if (save) {
      event.preventDefault();
      return save.click();
    }
    if (!table || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    const rows = [...table.querySelectorAll("tbody tr:not(.reason, .group)")];
    const now = rows.findIndex((row) => row.classList.contains("row-current") || row.contains(event.target));
    if (step && rows.length) {
      event.preventDefault();
      const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
      rows.forEach((row) => row.classList.toggle("row-current", row === next));
      const target = next.querySelector("input[type=checkbox], a, button");
      if (target) target.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    }
    // A letter chooses the option of the line's select that has it as data-key; "?" shows what the keys are.
    const option = now >= 0 && rows[now].querySelector(`select option[data-key="${CSS.escape(event.key)}"]`);
    if (option) {
      event.preventDefault();
      option.selected = true;
      option.parentElement.classList.toggle("decision-chosen", option.value !== "");
      const said = document.querySelector("[data-keys-said]");
      if (said) said.textContent = `${option.parentElement.getAttribute("aria-label")}: ${option.textContent}`;
    }
    const help = event.key === "?" && document.querySelector("[data-keys]");
    if (help) {
      event.preventDefault();
      help.open = !help.open;
    }
    const link = now >= 0 && rows[now].querySelector("a");
    if (event.key === "Enter" && link && !event.target.matches("a, button")) link.click();
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-grid] tbody tr");
    document.querySelectorAll(".row-current").forEach((each) => each !== row && each.classList.remove("row-current"));
    if (row) row.classList.add("row-current");
  });

  // Forms: ask once where it cannot be undone, and send only once. What is not filled in yet is not asked about: the
  // server says what it lacks.
  const sent = new WeakSet();
  const yes = (button) => {
    const words = button ? button.textContent.trim() : "";
    return words ? `Yes, ${words[0].toLowerCase()}${words.slice(1)}` : "Yes";
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    const dialog = document.getElementById("confirm");
    if (question && dialog && form.dataset.confirmed !== "yes" && form.checkValidity()) {
      event.preventDefault();
      event.stopPropagation();
      dialog.querySelector("#confirm-words").textContent = question;
      dialog.querySelector("[data-confirm-yes]").textContent = yes(event.submitter);
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => {
        if (dialog.returnValue !== "yes") return event.submitter && event.submitter.focus();
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter);
        delete form.dataset.confirmed;
      }, { once: true });
      return dialog.showModal();
    }
    if (!form.hasAttribute("data-submit-once")) return;
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    // Not disabled: a disabled button loses the focus, and its name and value would not be sent.
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  }, true);
  // Back from the next page: the form may be sent again.
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

  // The menu under the person's name closes like a menu.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.who[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.who[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Inline edit: Esc gives up the fragment's form by pressing its [data-cancel].
  document.addEventListener("keydown", (event) => {
    const cancel = event.key === "Escape" && event.target.closest("form") && event.target.closest("form").querySelector("[data-cancel]");
    if (cancel) cancel.click();
  });

  // "Paste rows from Excel": cells pasted into a [data-paste] table fill its inputs from the cell they land in.
  document.addEventListener("paste", (event) => {
    const table = event.target.closest("[data-paste]");
    const text = event.clipboardData && event.clipboardData.getData("text/plain");
    if (!table || !text || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    const inputs = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")];
    let rows = [...table.querySelectorAll("tbody tr")];
    const first = rows.indexOf(event.target.closest("tr"));
    const column = inputs(rows[first]).indexOf(event.target);
    const lines = text.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    lines.forEach((line, index) => {
      const row = rows[first + index];
      if (!row) return;
      line.split("\t").forEach((cell, offset) => {
        const input = inputs(row)[column + offset];
        if (!input) return;
        input.value = cell.trim();
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    const left = lines.length - (rows.length - first);
    const said = document.getElementById(table.dataset.paste);
    if (said) said.textContent = left > 0 ? `${lines.length - left} rows pasted, ${left} did not fit.` : `${lines.length} rows pasted.`;
  });

  function start(root) {
    errorSummary(root);
    grids(root);
    fit();
  }
  start(document);
  document.addEventListener("htmx:afterSwap", (event) => {
    // An element that was swapped whole is no longer in the page: its successor has the same id.
    const target = event.detail.target;
    start(target.isConnected ? target : document.getElementById(target.id) || document);
  });
})();
