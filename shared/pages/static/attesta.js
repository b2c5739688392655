/* What shortens the way. Every page does its work without this file. */
"use strict";
(() => {
  const words = (element, values) =>
    element.dataset.words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  /* The focus goes to what has gone wrong, else to what has been done. */
  const focusNews = () => {
    const summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
    else if (new URLSearchParams(location.search).has("done"))
      document.querySelector("[data-focus]")?.focus();
  };

  /* A form is sent once, however often its button is pressed. */
  const guardForms = () => {
    const release = (form) => {
      delete form.dataset.sent;
      for (const button of form.elements) button.removeAttribute("aria-disabled");
    };
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.method !== "post" || event.defaultPrevented) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-disabled", "true");
      // An answer that is no page, such as a file, leaves this one open.
      setTimeout(release, 10000, form);
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
    });
  };

  /* Rows of a form come and go here, instead of by a page each. */
  const openRows = (group) => {
    const name = group.dataset.rows;
    const count = group.querySelector(`input[name="${CSS.escape(name)}-rows"]`);
    const entries = () => [...group.querySelectorAll(":scope > .entry")];
    const fieldsOf = (entry) => [...entry.querySelectorAll("input, select, textarea")];
    const showButtons = () =>
      entries().forEach((entry, place, all) => {
        entry.setAttribute("aria-label", words(entry, { number: place + 1 }));
        entry.querySelector(".remove").hidden = all.length < 2;
      });
    const renumber = (entry, index) => {
      const place = new RegExp(`(^|\\s)${name.replace(/\W/g, "\\$&")}-\\d+-`, "g");
      for (const element of entry.querySelectorAll("*"))
        for (const attribute of ["id", "for", "name", "aria-describedby", "data-decimal"])
          if (element.hasAttribute(attribute))
            element.setAttribute(
              attribute,
              element.getAttribute(attribute).replace(place, `$1${name}-${index}-`),
            );
    };
    const clear = (entry) => {
      entry.querySelectorAll(".error").forEach((error) => error.remove());
      entry.querySelectorAll(".refused").forEach((field) => field.classList.remove("refused"));
      entry.querySelectorAll("output").forEach((output) => (output.textContent = ""));
      for (const field of fieldsOf(entry)) {
        field.removeAttribute("aria-invalid");
        const hint = `${field.id}-hint`;
        if (entry.querySelector(`#${CSS.escape(hint)}`)) field.setAttribute("aria-describedby", hint);
        else field.removeAttribute("aria-describedby");
        if (field.type === "checkbox" || field.type === "radio") field.checked = false;
        else if (field.tagName === "SELECT") field.selectedIndex = 0;
        else field.value = "";
      }
    };
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.name === "add" && button.value === name) {
        event.preventDefault();
        const entry = entries().at(-1).cloneNode(true);
        renumber(entry, Number(count.value));
        clear(entry);
        count.value = Number(count.value) + 1;
        button.before(entry);
        showButtons();
        fieldsOf(entry)[0].focus();
      } else if (button?.classList.contains("remove")) {
        const entry = button.closest(".entry");
        const next = [entry.nextElementSibling, entry.previousElementSibling].find((sibling) =>
          sibling?.classList.contains("entry"),
        );
        entry.remove();
        showButtons();
        fieldsOf(next)[0].focus();
      }
    });
    showButtons();
  };

  /* What a number was understood as, at once; the server says the same. */
  const openDecimal = (input) => {
    const plain = input.value.replace(/\s+/g, "");
    const output = document.getElementById(input.dataset.decimal);
    if (!output) return;
    const match = plain.match(/^([+-]?\d+)(?:[.,](\d+))?$/);
    const figure = match && Number(match[2] ? `${match[1]}.${match[2]}` : match[1]);
    const figureWords =
      match && figure.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 20 });
    output.textContent =
      match && figureWords !== input.value.trim() ? words(output, { value: figureWords }) : "";
  };

  /* A date pasted into the day goes into all three fields; the server would split it, too. */
  const splitDay = (group) => {
    const [day, month, year] = group.querySelectorAll("input, select");
    const text = day.value.trim().toLowerCase();
    const numbers =
      text.match(/^(\d{1,2})[\s./-]+(\d{1,2})[\s./-]+(\d{4})\b/)?.slice(1) ??
      text.match(/^(\d{4})-(\d{1,2})-(\d{1,2})$/)?.slice(1).reverse();
    const named = text.match(/^(\d{1,2})\s+(\p{L}{3,})\.?,?\s+(\d{4})\b/u);
    const [dayText, monthText, yearText] = numbers ?? named?.slice(1) ?? [];
    const option = [...month.options].find((choice) =>
      numbers
        ? Number(choice.value) === Number(monthText)
        : choice.value && choice.text.toLowerCase().startsWith(monthText),
    );
    if (!yearText || !option?.value) return;
    day.value = String(Number(dayText));
    month.value = option.value;
    year.value = yearText;
  };

  /* A file's way is seen. The answer is a page: the one it leads to, or the form with its faults. */
  const openUpload = (input) => {
    const progress = document.getElementById(input.dataset.upload);
    input.form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (event.defaultPrevented || !input.files.length || button?.hasAttribute("formaction")) return;
      if (input.form.dataset.sent) return;
      event.preventDefault();
      input.form.dataset.sent = "yes";
      const body = new FormData(input.form);
      if (button?.name) body.append(button.name, button.value);
      const request = new XMLHttpRequest();
      request.upload.onprogress = ({ loaded, total }) => (progress.value = (100 * loaded) / total);
      request.onload = () => {
        const moved = request.responseURL && request.responseURL !== input.form.action;
        if (request.status < 400 && moved) return location.assign(request.responseURL);
        document.open();
        document.write(request.responseText);
        document.close();
      };
      request.onerror = () => input.form.submit();
      request.open("POST", input.form.action);
      progress.parentElement.hidden = false;
      request.send(body);
    });
  };

  const openCopy = (button) => {
    const label = button.textContent;
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = label), 3000);
    });
  };

  /* News of what the page shows: words beside it, never in it. None while nobody looks. */
  const openLive = (place) => {
    const news = place.querySelector("[role=status]");
    let source = null;
    const listen = () => {
      if (document.hidden || source) return;
      source = new EventSource(place.dataset.live);
      source.onmessage = (event) => {
        news.textContent = String(JSON.parse(event.data).text ?? "");
        place.toggleAttribute("data-news", news.textContent !== "");
      };
    };
    const rest = () => {
      source?.close();
      source = null;
    };
    document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
    addEventListener("pagehide", rest);
    place.querySelector(".hide")?.addEventListener("click", () => place.removeAttribute("data-news"));
    listen();
  };

  /* A part of the page is renewed where it has changed, and never under the hand. */
  const sayTime = (asOf) => {
    const { zone: timeZone, asOf: message } = asOf.dataset;
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
    const time = new Date().toLocaleTimeString(document.documentElement.lang, clock);
    asOf.textContent = message.replace("{time}", time);
  };

  const openRefresh = (line) => {
    const asOf = line.querySelector("[data-as-of]");
    let tag = "";
    const renew = async () => {
      const part = document.getElementById(line.dataset.refresh);
      if (document.hidden || part.matches(":hover, :focus-within")) return;
      const answer = await fetch(location.href, {
        cache: "no-store",
        headers: tag ? { "If-None-Match": tag } : {},
      });
      if (!answer.ok && answer.status !== 304) return;
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const news = page.getElementById(part.id);
        if (!news) return;
        part.replaceWith(news);
        tag = answer.headers.get("ETag") ?? "";
      }
      sayTime(asOf);
    };
    setInterval(() => renew().catch(() => {}), 30000);
  };

  /* A part of another service's page; where that service is silent, it says so in its place. */
  const openRemote = (place) => {
    const { remote, part } = place.dataset;
    let tag = "";
    const findPlace = () => place.querySelector("[data-place]");
    const showSilence = () => {
      tag = "";
      findPlace().replaceWith(place.querySelector("template").content.cloneNode(true));
    };
    const load = async () => {
      if (document.hidden || findPlace().matches(":hover, :focus-within")) return;
      const answer = await fetch(remote, {
        cache: "no-store",
        headers: tag ? { "If-None-Match": tag } : {},
        signal: AbortSignal.timeout(8000),
      });
      if (answer.status >= 500) return showSilence();
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const news = page.getElementById(part);
        if (!news) return;
        // An id stands once in a page: there are parts of several pages here.
        news.removeAttribute("id");
        news.dataset.place = "";
        findPlace().replaceWith(news);
        tag = answer.headers.get("ETag") ?? "";
      } else if (answer.status !== 304) return;
      sayTime(place.querySelector("[data-as-of]"));
    };
    const renew = () => load().catch(showSilence);
    renew();
    setInterval(renew, 30000);
  };

  /* Light or dark at once; the server remembers it. */
  const openTheme = (form) => {
    form.addEventListener("submit", (event) => {
      const { submitter } = event;
      if (!submitter?.value) return;
      event.preventDefault();
      const root = document.documentElement;
      if (submitter.value === "auto") root.removeAttribute("data-theme");
      else root.dataset.theme = submitter.value;
      const scheme = submitter.value === "auto" ? "light dark" : submitter.value;
      document.querySelector("meta[name=color-scheme]")?.setAttribute("content", scheme);
      for (const button of form.querySelectorAll("button"))
        button.setAttribute("aria-pressed", String(button === submitter));
      const body = new URLSearchParams(new FormData(form));
      body.set(submitter.name, submitter.value);
      fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
    });
  };

  /* Who works at a wide screen has all in sight. */
  const openWide = (details) => {
    details.open ||= matchMedia("(min-width: 64rem)").matches;
  };

  /* Paper has no summary to press. */
  const openForPrint = () => {
    let details = [];
    addEventListener("beforeprint", () => {
      details = [...document.querySelectorAll("main details:not([open])")];
      details.forEach((element) => (element.open = true));
    });
    addEventListener("afterprint", () => details.forEach((element) => (element.open = false)));
  };

  const all = (selector, open) => document.querySelectorAll(selector).forEach(open);
  all("form.theme", openTheme);
  all("input[data-upload]", openUpload);
  guardForms();
  all("[data-rows]", openRows);
  document.addEventListener("input", ({ target }) => {
    if (target.dataset.decimal) openDecimal(target);
  });
  document.addEventListener("change", ({ target }) => {
    const group = target.closest("[data-day]");
    if (group) splitDay(group);
  });
  all("details[data-wide]", openWide);
  all(".copy", openCopy);
  all("[data-live]", openLive);
  all("[data-refresh]", openRefresh);
  all("[data-remote]", openRemote);
  openForPrint();
  focusNews();
})();
