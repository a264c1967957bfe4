/// A kind of operation the API lists: a path, and the names its stats go by. All else is the same for all of them.
package struct Resource: Hashable, Sendable {
    /// The value of the label `resource`, and how the configuration calls it.
    package let name: String
    /// The path of the list below the base URL.
    package let path: String
    /// The members of `stats` in the order of `Stat`; nil where the resource has no such count.
    private let statNames: [String?]

    /// One whose stats have the names of `Stat`, but for those that are `missing` and those that are called otherwise.
    package init(name: String, path: String, missing: Set<Stat> = [], renamed: [Stat: String] = [:]) {
        self.name = name
        self.path = path
        statNames = Stat.allCases.map { missing.contains($0) ? nil : renamed[$0] ?? String(describing: $0) }
    }

    /// SMS, MMS, RCS and WhatsApp: https://docs.comms.twilio.com/comms-api-reference/messages/list-operations
    package static let messages = Resource(name: "messages", path: "/v1/Messages/Operations")

    /// https://docs.comms.twilio.com/comms-api-reference/emails/list-operations
    package static let emails = Resource(
        name: "emails", path: "/v1/Emails/Operations", missing: [.unaddressable], renamed: [.read: "opened"])

    /// The reference lists no attempts, deliveries or undelivered, which an example of the guide has; neither has reads:
    /// https://docs.comms.twilio.com/comms-api-reference/push-notifications/list-operations
    package static let pushNotifications = Resource(
        name: "push_notifications", path: "/v1/PushNotifications/Operations", missing: [.read])

    /// Every resource there is, in the order they are exposed in.
    package static let all = [messages, emails, pushNotifications]

    /// The counts an operation of this resource can have.
    package var stats: [Stat] { Stat.allCases.filter { name(of: $0) != nil } }

    /// The member of `stats` that carries a stat; also the value of the labels `stat` and `outcome`. Nil where the resource
    /// has no such count, and no such series.
    package func name(of stat: Stat) -> String? { statNames[stat.rawValue] }
}
