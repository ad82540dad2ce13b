"use strict";

// The token lives in this tab only: never in the address, never in storage that outlives the tab.
// GraphiQL's own storage is moved there too, since queries and variables can hold NIKs.
(() => {
  const KEY = "hub-token";
  const EXAMPLE = `# Lima tanda tumpang tindih terakhir.
# The last five overlap flags.
query Contoh {
  viewer {
    account
    nationwide
    regions
  }
  overlapFlags(
    first: 5
    orderBy: [RAISED_AT_DESC]
  ) {
    totalCount
    nodes {
      rule { title }
      periodStart
      periodEnd
      household {
        region { name }
        members { name nik }
      }
      receipts {
        programme { code }
        periodStart
      }
    }
  }
}
`;
  const form = document.getElementById("token-form");
  const input = document.getElementById("token");
  const who = document.getElementById("who");
  const editor = document.getElementById("editor");

  const token = () => window.sessionStorage.getItem(KEY) || "";

  const say = (text, wrong) => {
    who.textContent = text;
    who.className = wrong ? "wrong" : "";
  };

  const ask = async (body) => {
    if (!token()) {
      return { errors: [{ message: "Isi token di atas. / Enter a token above." }] };
    }
    const response = await fetch("/graphql", {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token()}` },
      body: JSON.stringify(body),
    });
    return response.json();
  };

  const show = () =>
    ReactDOM.render(
      React.createElement(GraphiQL, {
        key: token() || "none", // a new token is a new schema
        fetcher: ask,
        storage: window.sessionStorage,
        defaultQuery: EXAMPLE,
        isHeadersEditorEnabled: false,
        shouldPersistHeaders: false,
        schema: token() ? undefined : null,
      }),
      editor,
    );

  const greet = async () => {
    if (!token()) {
      say("Belum ada token. / No token yet.");
      return;
    }
    try {
      const answer = await ask({ query: "{ viewer { account staff } }" });
      const viewer = answer.data && answer.data.viewer;
      if (!viewer) {
        say("Token ditolak. / The token is refused.", true);
      } else if (!viewer.staff) {
        say(`${viewer.account} · bukan token staf: tanpa dokumentasi / not staff: no docs`);
      } else {
        say(viewer.account);
      }
    } catch {
      say("Hub tidak menjawab. / The hub does not answer.", true);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.sessionStorage.setItem(KEY, input.value.trim());
    input.value = "";
    show();
    greet();
  });
  document.getElementById("forget").addEventListener("click", () => {
    window.sessionStorage.clear();
    input.value = "";
    show();
    greet();
  });
  show();
  greet();
})();
