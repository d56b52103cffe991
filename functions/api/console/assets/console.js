// What makes pages more pleasant; each of them works without it.
"use strict";

// A form is sent once, and says that it is being worked on.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  document.body.setAttribute("aria-busy", "true");
});

// A page that is slow to come shows that it is coming. A file leaves this page where it is.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]:not([data-file]):not([href^='#'])");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    document.body.setAttribute("aria-busy", "true");
  }
});

// What was done is said once: not again when the page is loaded anew or kept as a bookmark.
const address = new URL(window.location);
if (address.searchParams.has("done")) {
  address.searchParams.delete("done");
  address.searchParams.delete("count");
  window.history.replaceState(null, "", address);
}

// Coming back by the browser's button shows the page as it was left.
window.addEventListener("pageshow", () => {
  document.body.removeAttribute("aria-busy");
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});

// A chart that is wider than the screen opens at its end; it shows the latest sessions if they are before that.
for (const latest of document.querySelectorAll(".chart [data-latest]")) {
  const chart = latest.closest(".chart");
  const [bar, seen] = [latest.getBoundingClientRect(), chart.getBoundingClientRect()];
  if (bar.left < seen.left) {
    chart.scrollLeft += bar.right - seen.right;
  }
}

// Small menus close with Escape, and when something else is clicked or reached with Tab.
const closeOthers = (target) => {
  for (const menu of document.querySelectorAll("details.pop[open]")) {
    if (!menu.contains(target)) {
      menu.open = false;
    }
  }
};
document.addEventListener("click", (event) => closeOthers(event.target));
document.addEventListener("focusin", (event) => closeOthers(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.pop[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
