// What works without it, too: "Look up" finds the same, and "Look again" has the reference.

const form = document.querySelector("form[data-look-up]");
const found = document.getElementById("found");
const QUIET = 350; // milliseconds without a key before it is looked up

if (form && found) {
  let waiting, asking;
  const lookUp = async () => {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.lookUp, { method: "POST", body, signal: asking.signal, redirect: "error" });
      if (!answer.ok) return;
      found.innerHTML = await answer.text();
      const said = found.firstElementChild.dataset.said;
      const status = document.getElementById("found-said");
      if (status.textContent !== said) status.textContent = said;
    } catch {} // the next key asks again, and the button is there
  };
  const unpick = () => { // what is typed counts, also where it is taken back; nor does an answer on its way bring the choice back
    asking?.abort();
    for (const one of found.querySelectorAll("[name=picked]")) one.checked = false;
  };
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    if (event.target.name === "picked") {
      document.getElementById("prisoner-number").value = event.target.value;
    } else {
      if (event.target.id === "prisoner-number") unpick();
      waiting = setTimeout(lookUp, QUIET);
    }
  });
}

const taken = document.getElementById("taken");
const again = async () => {
  const answer = await fetch(`${location.pathname}/again`).then((page) => (page.ok ? page.text() : "")).catch(() => "");
  const page = new DOMParser().parseFromString(answer, "text/html");
  if (page.getElementById("taken") && !page.querySelector("[data-waiting]")) {
    document.title = page.title;
    taken.replaceWith(page.getElementById("taken"));
    document.querySelector("#taken h1").tabIndex = -1;
    document.querySelector("#taken h1").focus();
  } else if (page.querySelector("form[data-look-up]")) {
    location.reload(); // it was not taken in: the form, with what is wrong with it
  } else {
    setTimeout(again, 1000);
  }
};
if (taken && "waiting" in taken.dataset) again();
