// The page of a server: it shows itself to whoever has the token, where one is asked for.

// the page has nothing of the model for whoever has no token: with it, the whole page is asked for
async function letIn() {
  try {
    complain("closed", "");
    await request("model");
    const html = await request(`./${location.search}`).then((got) => got.text());
    const page = new DOMParser().parseFromString(html, "text/html");
    if (!JSON.parse(page.getElementById("known").textContent).facts) throw new Trouble(say("no_token"));
    document.body.replaceWith(document.adoptNode(page.body));
    begin();
  } catch (error) {
    complain("closed", toldOf(error));
  }
}

function begin() {
  learn();
  at("door-form").addEventListener("submit", enter);
  at("door-close").addEventListener("click", () => at("door").close());
  if (facts) return start();
  at("open-door").addEventListener("click", letIn);
  letIn();
}

begin();
