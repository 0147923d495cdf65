/** To the top of the view and of what scrolls in it. */
export function scrollToTop() {
  for (const frame of document.querySelectorAll('.main .table-frame')) frame.scrollTo(0, 0);
  window.scrollTo(0, 0);
}
