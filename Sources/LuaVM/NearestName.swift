/// Finds the name that somebody probably meant.
public enum NearestName {
  /// The nearest of `names`, or nil when none is near enough to be worth proposing.
  public static func of(_ wanted: String, in names: some Sequence<String>) -> String? {
    let wantedBytes = Array(wanted.lowercased().utf8.prefix(64))
    // A third of the letters may differ: "slep" is near "sleep", "x" is near nothing.
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = editDistance(wantedBytes, Array(name.lowercased().utf8.prefix(64)))
      guard distance * 3 <= max(wantedBytes.count, 3) else { continue }
      if best.map({ distance < $0.distance || (distance == $0.distance && name < $0.name) }) ?? true {
        best = (name, distance)
      }
    }
    return best?.name
  }

  /// Insertions, deletions, substitutions and swaps of neighbours, each counted as one.
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in b.indices {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
