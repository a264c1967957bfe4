/// A kind of operation the API lists: a path, and the names its stats go by.
package struct Resource: Hashable, Sendable {
    /// The value of the label `resource`.
    package let name: String
    /// The path of the list below the base URL.
    package let path: String
    /// What this resource calls `Stat.read`.
    package let readName: String

    package static let messages = Resource(name: "messages", path: "/v1/Messages/Operations", readName: "read")

    /// The member of `stats` that carries a stat; also the value of the labels `stat` and `outcome`.
    package func name(of stat: Stat) -> String {
        stat == .read ? readName : String(describing: stat)
    }
}
