/* Links into the pretend product. Its addresses (example.com and the like) lead nowhere, so they lead to the product's pane. */

const PRETEND = /(^|\.)(example|test|invalid|example\.(com|org|net))$/;
const listeners = [];

/** Call `show(url)` when someone follows a link into the pretend product. */
export function onProductLink(show) {
  listeners.push(show);
}

/** Whether that address is one of the names reserved for examples. */
export function isPretend(url) {
  try {
    return PRETEND.test(new URL(url, location.href).hostname);
  } catch {
    return false;
  }
}

/** Follow a link: the pretend product is on this page, anything else opens in a new tab as the browser does. */
export function openProduct(event, url) {
  if (!isPretend(url) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  listeners.forEach((show) => show(url));
}
