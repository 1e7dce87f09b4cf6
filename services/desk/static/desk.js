// What works without it, too: a page that is loaded again shows the news, "Look up" shows who fits.

const news = document.getElementById("news");
if (news?.dataset.news) {
  new EventSource(news.dataset.news).addEventListener("breach", (event) => {
    const shown = document.createElement("template");
    shown.innerHTML = event.data;
    if (!document.getElementById(shown.content.firstElementChild.id)) {
      news.prepend(shown.content);
    }
  });
}

const form = document.querySelector("form[data-look-up]");
if (form) {
  const hits = document.getElementById("hits");
  const asked = /^(prisoner-|person-0-name|caller-name|protected-person)/;
  let waiting, running;

  const lookUp = async () => {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.lookUp, { method: "POST", body: new FormData(form), signal: running.signal });
      if (answer.ok && !answer.redirected) {
        hits.innerHTML = await answer.text();
      }
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };

  form.addEventListener("input", (event) => {
    if (asked.test(event.target.name)) {
      clearTimeout(waiting);
      waiting = setTimeout(lookUp, 250);
    }
  });
  hits.addEventListener("change", (event) => {
    if (event.target.name === "picked") {
      form.elements["prisoner-number"].value = event.target.value;
    }
  });
}
