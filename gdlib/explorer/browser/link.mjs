// A figure in a page and its twin in a kernel find each other by their key; the figure lives without it, too.

globalThis.gdlib_meeting ??= { figures: [], twins: [] };
const meeting = globalThis.gdlib_meeting;

/** Join figures that are alone to the newest twin of their key that no figure on the page has. */
export function meet() {
  meeting.figures = meeting.figures.filter((each) => each.deref());
  for (const figure of meeting.figures.map((each) => each.deref())) {
    if (figure?.model || !figure?.root.isConnected) continue;
    const twin = meeting.twins.findLast(
      ({ key, figure: has }) => key === figure.key && !has?.deref()?.root.isConnected,
    );
    if (!twin) continue;
    twin.figure?.deref()?.leave();
    twin.figure = new WeakRef(figure);
    figure.join(twin.model);
  }
}

/** A figure is on the page. */
export function arrive(figure) {
  meeting.figures.push(new WeakRef(figure));
  meet();
}

const widget = {
  initialize({ model }) {
    const twin = { key: model.get("key"), model };
    meeting.twins.push(twin);
    meet();
    const gone = () => {
      meeting.twins = meeting.twins.filter((each) => each !== twin);
      twin.figure?.deref()?.leave();
    };
    model.on("comm_live_update", gone); // the kernel was restarted or is dead
    return gone;
  },

  /** In a box of other widgets there is no page yet: ask for it. */
  render({ model, el }) {
    const show = ({ page }) => page && el.replaceChildren(document.createRange().createContextualFragment(page));
    model.on("msg:custom", show);
    model.send({ page: true });
    return () => model.off("msg:custom", show);
  },
};

export default widget;
