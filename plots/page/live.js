(() => {
	"use strict";
	// The page that a server sends while an experiment runs. A stream of events tells the version of the page that the
	// server would send now; where that is another one, the page is asked for and takes its place.
	const line = document.createElement("span");
	line.id = "live";
	line.setAttribute("role", "status");
	document.querySelector(".brand").append(line);
	const unfinished = () => document.querySelector(".waiting") !== null;

	// say shows how the page stands to the folder. What has not changed is not said again to who hears the page.
	function say(kind, text) {
		if (line.textContent !== text) {
			line.className = kind;
			line.textContent = text;
		}
	}

	let version = "", wanted = "", asking = false;

	async function take(next) {
		wanted = next;
		if (asking) {
			return;
		}
		asking = true;
		try {
			while (wanted !== version) {
				const asked = wanted;
				const answer = await fetch(location.pathname, { cache: "no-store" });
				if (!answer.ok) {
					break;
				}
				const text = await answer.text();
				version = (answer.headers.get("ETag") || asked).replaceAll('"', "");
				if (wanted === asked) { // else the stream has told of a later one meanwhile
					wanted = version;
				}
				window.amoebaReport.replace(text);
			}
			current();
		} catch {
			lost();
		} finally {
			asking = false;
		}
	}

	const current = () => unfinished() ? say("on", "Live") : say("done", "Finished");
	const lost = () => say("lost", "No connection; trying again");

	// A browser opens six connections to a server, and each stream takes one: only pages that are seen listen.
	let stream = null, again = 0;

	function listen() {
		if (stream || document.hidden) {
			return;
		}
		stream = new EventSource("events");
		stream.addEventListener("page", (e) => take(e.data));
		stream.addEventListener("trouble", (e) => e.data ? say("lost", e.data) : current());
		stream.addEventListener("error", () => {
			lost();
			if (stream && stream.readyState === EventSource.CLOSED) { // it was refused and does not try again by itself
				leave();
				again = setTimeout(listen, 5000);
			}
		});
	}

	function leave() {
		clearTimeout(again);
		if (stream) {
			stream.close();
			stream = null;
		}
	}

	document.addEventListener("visibilitychange", () => document.hidden ? leave() : listen());
	addEventListener("pagehide", leave);
	addEventListener("pageshow", listen);
	listen();
})();
