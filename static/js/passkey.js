// Asks the browser for a passkey and puts its answer into the form: [data-passkey] is "create" or
// "get", [data-question] the address that says what to ask. Without passkeys the button stays away.
"use strict";
{
  const bytesOf = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const textOf = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const withBytes = (credentials) =>
    (credentials || []).map((each) => ({ ...each, id: bytesOf(each.id) }));

  const ask = async (form) => {
    const body = new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    });
    const answer = await fetch(form.dataset.question, { method: "POST", body });
    const isQuestion = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    if (answer.redirected || (answer.ok && !isQuestion)) return window.location.reload();
    if (!answer.ok) throw new Error(`The question was answered ${answer.status}.`);
    return (await answer.json()).publicKey;
  };

  const create = (options) =>
    navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytesOf(options.challenge),
        user: { ...options.user, id: bytesOf(options.user.id) },
        excludeCredentials: withBytes(options.excludeCredentials),
      },
    });

  const get = (options) =>
    navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytesOf(options.challenge),
        allowCredentials: withBytes(options.allowCredentials),
      },
    });

  const asJson = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = textOf(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: textOf(credential.rawId),
      type: credential.type,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };

  const run = async (form, button) => {
    const stopped = form.querySelector("[data-passkey-stopped]");
    stopped.hidden = true;
    button.disabled = true;
    try {
      const options = await ask(form);
      if (!options) return;
      const credential = await (form.dataset.passkey === "create" ? create : get)(options);
      form.elements.credential.value = asJson(credential);
      form.submit();
    } catch (error) {
      console.warn(error.name);
      stopped.hidden = false;
    } finally {
      button.disabled = false;
    }
  };

  // A passkey is bound to a name: at an address, even this machine's own, browsers refuse it.
  const isName = !/^[\d.]+$|:/.test(window.location.hostname);
  const isReady = isName && window.isSecureContext && Boolean(window.PublicKeyCredential);
  for (const form of isReady ? document.querySelectorAll("form[data-passkey]") : []) {
    const button = form.querySelector("[data-passkey-button]");
    form.hidden = button.hidden = false;
    const absent = form.querySelector("[data-passkey-absent]");
    if (absent) absent.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form, button);
    });
  }
}
