// Ten minutes before the answers go, the page says so and offers to keep them; when they are gone, nothing of them is left on it.
for (const banner of document.querySelectorAll("[data-stay]")) {
  const { stay, whole, warnBefore, url, token } = banner.dataset;
  let timers = [];

  const wait = (seconds) => {
    timers.forEach(clearTimeout);
    banner.hidden = true;
    timers = [
      setTimeout(() => { banner.hidden = false; }, (seconds - warnBefore) * 1000),
      setTimeout(() => location.replace(location.href), seconds * 1000),
    ];
  };

  banner.querySelector("button").addEventListener("click", async () => {
    const kept = await fetch(url, { method: "POST", body: new URLSearchParams({ token }) });
    if (kept.ok) wait(whole);
    else location.replace(location.href);
  });
  wait(stay);
}

for (const box of document.querySelectorAll("[data-print]")) {
  box.hidden = false;
  box.querySelector("button").addEventListener("click", () => window.print());
}
