/** Fingers, mouse and wheel on a timeline, turned into windows. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Range } from "./range.ts";
import { pan, select, zoomAt } from "./zoom.ts";

/** A finger is never quite still; less than this is a tap. */
const TAP_PIXELS = 6;
const WHEEL_FACTOR = 1.0015;

export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(120, Math.floor(element.clientWidth))));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { width, box };
}

interface Pointer {
  readonly x: number;
  readonly startX: number;
}

export function useGestures(options: {
  readonly width: number;
  readonly whole: Range;
  readonly window: Range;
  readonly onWindow: (window: Range) => void;
  readonly onSelect: (instant: number) => void;
  /** Only a mouse hovers; null when it leaves. */
  readonly onHover: (instant: number | null) => void;
}) {
  const { width, whole, window } = options;
  const pointers = useRef(new Map<number, Pointer>());
  const [drag, setDrag] = useState<{ a: number; b: number } | null>(null);
  const pinched = useRef(false);
  const instantAt = (x: number): number => window.from + (x / width) * (window.to - window.from);
  const xOf = (event: PointerEvent | WheelEvent): number =>
    event.currentTarget instanceof HTMLElement ? event.clientX - event.currentTarget.getBoundingClientRect().left : 0;

  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const x = xOf(event);
    pointers.current.set(event.pointerId, { x, startX: x });
    pinched.current = pointers.current.size > 1;
    setDrag(null);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const before = pointers.current.get(event.pointerId);
    if (before === undefined) {
      if (event.pointerType === "mouse") options.onHover(instantAt(xOf(event)));
      return;
    }
    const x = xOf(event);
    const others = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, pointer]) => pointer);
    pointers.current.set(event.pointerId, { ...before, x });
    const other = others[0];
    if (other !== undefined) {
      const was = Math.max(1, Math.abs(before.x - other.x));
      const is = Math.max(1, Math.abs(x - other.x));
      options.onWindow(zoomAt(window, whole, instantAt((before.x + other.x) / 2), was / is));
    } else if (event.pointerType === "touch") {
      // One finger moves the time, as it moves a map; up and down stays with the page.
      if (!pinched.current && Math.abs(x - before.startX) > TAP_PIXELS) {
        options.onWindow(pan(window, whole, ((before.x - x) / width) * (window.to - window.from)));
      }
    } else if (Math.abs(x - before.startX) > TAP_PIXELS) setDrag({ a: before.startX, b: x });
  };
  const onPointerUp = (event: PointerEvent): void => {
    const pointer = pointers.current.get(event.pointerId);
    pointers.current.delete(event.pointerId);
    if (pointer === undefined) return;
    const x = xOf(event);
    if (Math.abs(x - pointer.startX) <= TAP_PIXELS) {
      if (!pinched.current) options.onSelect(instantAt(x));
    } else if (event.pointerType !== "touch" && drag !== null) {
      options.onWindow(select(instantAt(drag.a), instantAt(drag.b), whole));
    }
    setDrag(null);
  };
  const onPointerCancel = (event: PointerEvent): void => {
    pointers.current.delete(event.pointerId);
    setDrag(null);
  };
  const onPointerLeave = (): void => options.onHover(null);
  const onWheel = (event: WheelEvent): void => {
    const isFocused = document.activeElement === event.currentTarget;
    // A wheel over a page scrolls the page, unless the timeline was clicked first or Ctrl asks for zoom.
    if (!event.ctrlKey && !isFocused) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      options.onWindow(pan(window, whole, (event.deltaX / width) * (window.to - window.from)));
    } else options.onWindow(zoomAt(window, whole, instantAt(xOf(event)), WHEEL_FACTOR ** event.deltaY));
  };
  return { drag, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onPointerLeave, onWheel } };
}
