import { useLayoutEffect, useRef, useState } from 'react';

/** A text that may be longer than one wants to read at once: its first lines, and all of it for whoever asks. */
export function LongText({ text }: { text: string }) {
  const shown = useRef<HTMLSpanElement>(null);
  const [long, setLong] = useState(false);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    const element = shown.current;
    if (element && !open) setLong(element.scrollHeight > element.clientHeight + 1);
  }, [text, open]);
  return (
    <span className="long-text">
      <span ref={shown} className={open ? 'wrap' : 'wrap clamped'}>
        {text}
      </span>
      {long && (
        <button type="button" className="button small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : 'Show all'}
        </button>
      )}
    </span>
  );
}
