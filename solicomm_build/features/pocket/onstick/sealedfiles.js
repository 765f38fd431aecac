/* The files of posts in a package: pictures are shown when they come into view, recordings play,
   all else is saved. Octets come piece by piece, and stay in memory until the page forgets. */
const PICTURE = /^image\/(jpeg|png|gif|webp)$/;
const SOUND = /^audio\/[a-z0-9.+-]+$/;
const POST = /^p-[a-z2-7]+$/;

const sealedFiles = (words, bring) => {
  let kept = [];
  let looking = null;

  const address = (pieces, type) => {
    const url = URL.createObjectURL(new Blob(pieces, { type }));
    kept.push(url);
    return url;
  };
  const whole = async (names, say) => {
    const pieces = [];
    for (const name of names) {
      say(pieces.length + 1, names.length);
      pieces.push(await bring(name));
    }
    return pieces;
  };
  const element = (name, text) => {
    const made = document.createElement(name);
    if (text) made.appendChild(document.createElement("bdi")).textContent = text;
    return made;
  };
  const button = (text, press) => {
    const made = element("button", text);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  };

  /* What a press on `pressed` does, said behind it. */
  const doing = (row, pressed, names, done) => async () => {
    const told = row.lastChild;
    const from = kept;
    pressed.disabled = true;
    told.className = "meta";
    try {
      const pieces = await whole(names, (n, m) => {
        told.textContent = names.length > 1 ? ` ${words.fetching.replace("{n}", n).replace("{m}", m)}` : "";
      });
      told.textContent = "";
      if (from === kept) done(pieces);
    } catch (error) {
      told.className = "wrong";
      told.textContent = ` ${words[error.said] || words.wrongFile}`;
      pressed.disabled = false;
    }
  };
  const saved = (file, row, pressed) => (pieces) => {
    const shown = file.small && PICTURE.test(file.type);
    const way = element("a", file.name);
    way.href = address(pieces, "application/octet-stream");
    way.download = file.name;
    pressed.replaceWith(way);
    if (shown) {
      const picture = row.querySelector("img");
      picture.removeAttribute("width");
      picture.removeAttribute("height");
      picture.src = address(pieces, file.type);
      way.focus();
    } else {
      way.click();
    }
  };
  const played = (sound, pressed) => (pieces) => {
    const audio = document.createElement("audio");
    audio.controls = true;
    audio.setAttribute("aria-label", sound.alt);
    audio.src = address(pieces, sound.type);
    pressed.replaceWith(audio);
    audio.focus();
    const begun = audio.play();
    if (begun) begun.catch(() => 0);
  };

  /* Small pictures come when they are nearly in view; at once where that cannot be told. */
  const draw = async (picture, small) => {
    const from = kept;
    const pieces = await whole(small.pieces, () => 0);
    if (from === kept && !picture.src) picture.src = address(pieces, small.type);
  };
  const later = (picture, small) => {
    const drawn = () => draw(picture, small).catch(() => { picture.alt = words.wrongFile; });
    if (!window.IntersectionObserver) {
      drawn();
      return;
    }
    looking = looking || new IntersectionObserver((seen, observer) => {
      seen.filter((one) => one.isIntersecting).forEach((one) => {
        observer.unobserve(one.target);
        one.target.drawn();
      });
    }, { rootMargin: "300px" });
    picture.drawn = drawn;
    looking.observe(picture);
  };

  const rowOf = (file) => {
    const row = document.createElement("li");
    const small = file.small && PICTURE.test(file.small.type) ? file.small : null;
    const sound = file.sound && SOUND.test(file.sound.type) ? file.sound : null;
    if (small) {
      row.className = "picture";
      const picture = row.appendChild(document.createElement("img"));
      picture.width = small.width;
      picture.height = small.height;
      picture.alt = small.alt;
      later(picture, small);
    }
    row.appendChild(document.createTextNode(" "));
    const about = element("small", file.said);
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    if (sound) {
      row.className = "sound";
      const play = button(`▶ ${sound.alt}`, (event) => doing(row, play, sound.pieces, played(sound, play))(event));
      row.appendChild(play);
      row.appendChild(document.createTextNode(" "));
    }
    if (file.pieces) {
      const save = button(file.name, (event) => doing(row, save, file.pieces, saved(file, row, save))(event));
      row.appendChild(save);
    } else {
      row.appendChild(element("bdi", file.name));
    }
    row.appendChild(document.createTextNode(" "));
    row.appendChild(about);
    row.appendChild(told);
    return row;
  };

  return {
    /* Puts the files of posts below each: rows by the id of the post. */
    put(files, into) {
      Object.keys(files || {}).filter((ident) => POST.test(ident)).forEach((ident) => {
        const post = into.querySelector(`#${ident}`);
        if (!post) return;
        const list = document.createElement("ul");
        list.className = "files";
        list.setAttribute("aria-label", words.files);
        files[ident].forEach((file) => list.appendChild(rowOf(file)));
        post.appendChild(list);
      });
    },
    forget() {
      if (looking) looking.disconnect();
      looking = null;
      kept.forEach((url) => URL.revokeObjectURL(url));
      kept = [];
    },
  };
};
