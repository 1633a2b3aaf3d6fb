// Runs before headcount.js, which counts nothing on a developer's own machine unless its tag names the host.
document.querySelector("[data-hosts]").dataset.hosts = location.hostname;

for (const code of document.querySelectorAll("pre code")) {
  code.textContent = code.textContent.replace("http://localhost:8080", location.origin);
}

for (const row of document.querySelectorAll(".copying")) {
  const button = row.querySelector("button");
  const code = row.nextElementSibling;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
  });
}

document.getElementById("again").addEventListener("click", () => headcount.count());

// The badge may have been loaded before the visit was counted.
document.addEventListener("headcount", ({ detail }) => {
  document.getElementById("badge").src = `/headcount/badge.svg?${detail.count}`;
});
