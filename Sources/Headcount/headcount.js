// Counts this visit with Headcount and shows the numbers: docs/script.md
(() => {
	if (window.headcount?.show) return headcount.show(); // run again
	const { dataset: options = {}, src } = document.currentScript ?? {};

	const route = () => ("hash" in options && /^#(\/.*)/.exec(location.hash)?.[1]) || location.pathname;
	let given = options.page;
	let page = named(given || route());
	let before = named(route());
	let numbers; // of this view, by page; the site's under ""
	let isBusy; // or failed; it may have counted
	let waiting; // the page to count once seen
	let timer;

	// Null if the counter would refuse it.
	function named(path) {
		try {
			path = decodeURI(path);
		} catch {} // like /100%
		path = path.replace(/\/*([?#].*)?$/s, "") || "/";
		return /^\/\P{Cc}*$/u.test(path) && new Blob([path]).size <= 512 ? path : null;
	}

	function mayCount() {
		const host = location.hostname;
		const isLocal = /^$|^\[|\blocal(host)?$|\.test$|^(0|10|127|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d+)+$/.test(host);
		return (
			options.count !== "off" &&
			(options.hosts?.split(" ").includes(host) ?? !isLocal) &&
			(self === top || "frames" in options) &&
			!navigator.webdriver &&
			!isOff()
		);
	}

	function isOff(wish) {
		try {
			if (wish) localStorage.headcount = wish;
			return localStorage.headcount === "off";
		} catch {}
	}

	function obey() {
		const wish = /^#headcount-(on|off)$/.exec(location.hash)?.[1];
		if (!wish) return;
		const note = document.createElement("p");
		note.textContent = `Headcount ${isOff(wish) ? "ignores" : "counts"} your visits`;
		note.popover = "auto";
		document.documentElement.append(note);
		note.showPopover?.();
	}

	function count(name = given || route()) {
		waiting = (document.hidden || document.prerendering) && name;
		if (waiting) return;
		page = named(name);
		numbers = new Map();
		isBusy = false;
		if (mayCount()) ask("headcount", page ? [page] : [], "POST");
		else show();
	}

	// Fills the placeholders and asks for what they lack.
	function show() {
		const missing = new Set();
		numbers ??= new Map();
		for (const element of document.querySelectorAll("[data-headcount],[id^=busuanzi_],[id^=vercount_]")) {
			const { headcount: kind = element.id, page: other } = element.dataset;
			const [isKind, box, site, visits] = /(container)?_?(?:(site)|page)?[-_]?(?:(visits|pv)|visitors|uv)$/.exec(kind) ?? [];
			if (!isKind) continue;
			const key = site ? "" : other ? named(other) : page;
			if (key !== null && !numbers.has(key)) missing.add(key);
			const number = numbers.get(key)?.[visits ? "count" : "unique"];
			if (number == null) continue;
			if (box) element.style.display = "inline";
			else element.textContent = format(number);
			element.closest("[data-headcount-box]")?.removeAttribute("hidden");
		}
		if (isBusy || !missing.size || document.readyState === "loading") return;
		ask("headcount.json", [...missing].filter(Boolean).slice(0, 20)); // the rest is next
	}

	function format(number) {
		try {
			return number.toLocaleString(document.documentElement.lang || [], { notation: options.format });
		} catch {
			return number;
		}
	}

	async function ask(path, pages, method) {
		const view = numbers;
		isBusy = true;
		try {
			const url = new URL(path, src);
			for (const name of pages) url.searchParams.append("page", name);
			const response = await fetch(url, {
				method,
				keepalive: true,
				credentials: "omit",
				referrerPolicy: "no-referrer",
				cache: "no-store",
			});
			if (!response.ok) throw response.status;
			const answer = await response.json();
			if (view !== numbers) return;
			view.set("", answer);
			pages.forEach((name, index) => view.set(name, (answer.pages ?? [answer.page])[index]));
			isBusy = false;
			show();
			document.dispatchEvent(new CustomEvent("headcount", { detail: answer }));
		} catch (error) {
			console.debug("headcount:", error);
		}
	}

	// A push and its redirects are one view, a replaced state is none.
	function move(type) {
		if (!timer && /^replace/.test(type)) before = named(route());
		timer ||= setTimeout(() => {
			timer = 0;
			if (before === (before = named(route()))) return;
			given = "";
			count();
		});
	}

	window.headcount = { count, show };
	obey();
	addEventListener("hashchange", obey);
	for (const type of ["visibilitychange", "prerenderingchange"]) {
		document.addEventListener(type, () => waiting && count(waiting));
	}
	document.addEventListener("DOMContentLoaded", () => numbers && show());
	if (options.auto === "off") return;
	count();
	addEventListener("pageshow", (event) => event.persisted && count());
	if (options.spa === "off") return;
	if (window.navigation) {
		navigation.addEventListener("currententrychange", (event) => move(event.navigationType));
	} else {
		for (const type of ["pushState", "replaceState"]) {
			const change = history[type];
			history[type] = (...state) => {
				change.apply(history, state);
				move(type);
			};
		}
		addEventListener("popstate", move);
	}
})();
