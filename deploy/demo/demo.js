const element = (id) => document.getElementById(id);
const counter = new URL("/headcount", location.href);
const numbers = new Intl.NumberFormat(document.documentElement.lang);

element("snippet").textContent = `<p><b id="visits">–</b> visits, <b id="visitors">–</b> visitors</p>
<script>
  function countThisPage() {
    let page = location.pathname;
    try {
      page = decodeURI(page);
    } catch {} // malformed, like /100%
    fetch("${counter}?page=" + encodeURIComponent(page))
      .then((response) => {
        if (!response.ok) throw new Error(\`The counter answered \${response.status}.\`);
        return response.json();
      })
      .then(({ count, unique }) => {
        document.querySelector("#visits").textContent = count;
        document.querySelector("#visitors").textContent = unique;
      })
      .catch(console.error);
  }
  if (document.prerendering) document.addEventListener("prerenderingchange", countThisPage);
  else countThisPage();
  // Back and Forward may show the page without running it again.
  addEventListener("pageshow", (event) => event.persisted && countThisPage());
</script>`;

function show(tally) {
  element("site-count").textContent = numbers.format(tally.count);
  element("site-unique").textContent = numbers.format(tally.unique);
  // "page" is null if the site already counts HEADCOUNT_MAX_PAGES other pages.
  element("page-count").textContent = tally.page ? numbers.format(tally.page.count) : "–";
  element("page-unique").textContent = tally.page ? numbers.format(tally.page.unique) : "–";
}

function showFailure(message) {
  element("failure").textContent = message;
  element("failure").hidden = message === "";
}

async function count() {
  let response;
  try {
    response = await fetch(`${counter}?page=/demo`);
  } catch {
    return showFailure("The counter cannot be reached. Is “make run” still running?");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const reason = body.detail ?? body.title ?? response.statusText;
    return showFailure(`The counter answered ${response.status}. ${reason}`);
  }
  show(body);
  showFailure("");
}

element("again").addEventListener("click", count);
element("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(element("snippet").textContent);
    element("copied").textContent = "Copied.";
  } catch {
    element("copied").textContent = "The browser did not allow copying; select the code and copy it yourself.";
  }
});
count();
