// What works without it, too: a page that is loaded again has the news in its queue.

const news = document.getElementById("news");
if (news?.dataset.news) {
  const source = new EventSource(news.dataset.news);
  source.addEventListener("open", () => { news.dataset.live = "yes"; });
  source.addEventListener("breach", (event) => {
    const shown = document.createElement("template");
    shown.innerHTML = event.data;
    if (!document.getElementById(shown.content.firstElementChild.id)) {
      news.prepend(shown.content);
    }
  });
}
