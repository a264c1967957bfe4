import HTTPServer
import Operations

/// One page of the list, and where it stands in it.
struct Page: Sendable {
    var operations: [ShownOperation]
    /// The token this page was asked for by.
    var sent: PageCursor?
    /// Where this page begins, and where the next one does if there is one.
    var own: PageCursor
    var next: PageCursor?

    /// The answer that gives this page of a resource's list, in the forms of the settings.
    func response(of resource: Resource, _ settings: Settings) -> ServerResponse {
        guard !operations.isEmpty || settings.empty != .noContent else { return ServerResponse(status: 204) }
        var json = JSONText(capacity: 1024 + operations.count * 400, dates: settings.dates)
        json.append("{")
        writeOperations(to: &json, settings.empty)
        json.append("\"pagination\":{\"next\":")
        let next = settings.next.next(of: self, in: resource)
        if let next { json.appendString(next) } else { json.append("null") }
        json.append(",\"self\":")
        json.appendString(own.token)
        json.append("}}")
        return .json(json)
    }

    private func writeOperations(to json: inout JSONText, _ empty: EmptyForm) {
        guard !operations.isEmpty || empty == .array else {
            if empty == .null { json.append("\"operations\":null,") }
            return
        }
        json.append("\"operations\":[")
        for (index, operation) in operations.enumerated() {
            if index > 0 { json.append(",") }
            operation.write(to: &json)
        }
        json.append("],")
    }
}

/// An operation as the API shows it at one moment.
struct ShownOperation: Sendable {
    let resource: Resource
    let id: OperationID
    let status: OperationStatus
    let stats: Counts
    let created: Timestamp
    let updated: Timestamp

    /// The operation of a life and an id, with the creation that is shown.
    init(
        _ life: Life, of resource: Resource, id: OperationID, created: Timestamp, at moment: Timestamp,
        reading: StatsReading
    ) {
        self.resource = resource
        self.id = id
        self.created = created
        status = life.status(at: moment)
        stats = life.report(at: moment, reading: reading)
        updated = life.updated(at: moment)
    }

    /// The answer that gives this operation alone, in the form of the settings.
    func response(_ settings: Settings) -> ServerResponse {
        var json = JSONText(capacity: 400, dates: settings.dates)
        write(to: &json)
        return .json(json)
    }

    /// Appends this operation as an object.
    func write(to json: inout JSONText) {
        json.append("{\"id\":\"")
        json.append(id.bytes)
        json.append("\",\"status\":\"")
        json.append(ShownOperation.statusTexts[Int(status.rawValue)])
        json.append("\",\"stats\":{")
        for (stat, key) in ShownOperation.statKeys[resource] ?? [] {
            json.append(key)
            json.append(stats[stat])
        }
        json.append("},\"createdAt\":")
        json.append(created)
        json.append(",\"updatedAt\":")
        json.append(updated)
        json.append("}")
    }

    private static let statusTexts = OperationStatus.allCases.map { Array($0.filterValue.utf8) }

    /// `"total":`, `,"recipients":` and so on, in the order of `Stat`.
    private static let statKeys = Dictionary(
        uniqueKeysWithValues: Resource.all.map { resource in
            (
                resource,
                resource.stats.map { stat in
                    let name = resource.name(of: stat) ?? ""
                    return (stat, Array("\(stat == resource.stats.first ? "" : ",")\"\(name)\":".utf8))
                }
            )
        })
}

extension ServerResponse {
    fileprivate static func json(_ json: JSONText) -> ServerResponse {
        ServerResponse(status: 200, headers: [("Content-Type", "application/json")], body: json.bytes)
    }
}
