(() => {
	"use strict";
	// The server says "changed" when the page that it would send is another one.
	new EventSource("events").addEventListener("changed", async () => {
		const answer = await fetch(location.pathname, { cache: "no-store" });
		if (answer.ok) {
			window.amoebaReport.replace(await answer.text());
		}
	});
})();
