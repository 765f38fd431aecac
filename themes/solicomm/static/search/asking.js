/* What the hub finds. Nothing here needs more than any browser of the last ten years has. */

const LONGEST_WAIT = 8000;
let asking;

/* The answer as elements; null where no hub answers so: another server has the pages, or it has too
   much to do. Only the last question is answered. */
export const fromHub = (params) => new Promise((done) => {
  if (asking) asking.abort();
  const request = asking = new XMLHttpRequest();
  request.open("GET", `?${params}`);
  request.responseType = "document";
  request.timeout = LONGEST_WAIT;
  request.onloadend = () => done(request.response && request.response.querySelector("[data-part]"));
  request.send();
});
