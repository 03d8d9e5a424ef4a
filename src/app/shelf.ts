/** What was put there, by name, until it had to make room for something else. */
export type Shelf<Value> = {
  readonly get: (name: string) => Value | undefined;
  readonly put: (name: string, value: Value) => void;
  readonly drop: (name: string) => void;
};

type Place<Value> = { name: string; value: Value | undefined; wasAskedFor: boolean };

/**
 * Keeps `most` of them. When it is full, a hand goes round their places and takes the first that nobody asked for since
 * it came by last: whatever is asked for between two rounds stays, and no order has to be kept up for that.
 */
export const createShelf = <Value>(most: number): Shelf<Value> => {
  const places: Place<Value>[] = [];
  const byName = new Map<string, Place<Value>>();
  let hand = 0;

  const makeRoom = (): Place<Value> => {
    for (;;) {
      const place = places[hand] as Place<Value>;
      hand = (hand + 1) % places.length;
      if (!place.wasAskedFor) return place;
      place.wasAskedFor = false;
    }
  };

  const putNew = (name: string, value: Value): void => {
    if (places.length < most) {
      const place = { name, value, wasAskedFor: false };
      places.push(place);
      byName.set(name, place);
      return;
    }
    const place = makeRoom();
    byName.delete(place.name);
    byName.set(name, Object.assign(place, { name, value }));
  };

  return {
    get: (name) => {
      const place = byName.get(name);
      if (place?.value === undefined) return undefined;
      place.wasAskedFor = true;
      return place.value;
    },
    put: (name, value) => {
      const place = byName.get(name);
      if (place === undefined) putNew(name, value);
      else place.value = value;
    },
    // Its name stays: whatever was dropped is mostly put there again at once.
    drop: (name) => {
      const place = byName.get(name);
      if (place === undefined) return;
      place.value = undefined;
      place.wasAskedFor = false;
    },
  };
};
