/// The rules by which names are escaped that leave ours as they are. The one that does not, `dots`, doubles every
/// underscore; it is not offered. https://prometheus.io/docs/instrumenting/escaping_schemes/
package enum EscapingScheme: String, Sendable {
    case underscores, values
    case allowUTF8 = "allow-utf-8"
}
