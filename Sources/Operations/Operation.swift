/// One Message Operation as one page of the list showed it: the work of one send request.
///
/// Source: https://www.twilio.com/docs/bulk-messaging/api/operation-resource.md
package struct Operation: Equatable, Sendable {
    /// The time for which the API lists an operation after its creation
    /// (https://docs.comms.twilio.com/comms-api-reference/messages/list-operations, "Data retention").
    package static let retention = Duration.seconds(7 * 86_400)

    /// `comms_operation_…`; unique, and never a label.
    package let id: String
    package let status: OperationStatus
    package let stats: Stats
    package let createdAt: Timestamp
    /// Nil where the API gave none that could be read.
    package let updatedAt: Timestamp?

    package init(id: String, status: OperationStatus, stats: Stats, createdAt: Timestamp, updatedAt: Timestamp?) {
        self.id = id
        self.status = status
        self.stats = stats
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
