import Operations

/// One page of the list, and where it stands in it.
struct Page: Sendable {
    var operations: [ShownOperation]
    /// Where this page begins, and where the next one does if there is one.
    var own: PageCursor
    var next: PageCursor?

    var json: [UInt8] {
        var json = JSONText(capacity: 512 + operations.count * 400)
        json.append("{\"operations\":[")
        for (index, operation) in operations.enumerated() {
            if index > 0 { json.append(",") }
            operation.write(to: &json)
        }
        json.append("],\"pagination\":{\"next\":")
        if let next { json.appendString(next.token) } else { json.append("null") }
        json.append(",\"self\":")
        json.appendString(own.token)
        json.append("}}")
        return json.bytes
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

    var json: [UInt8] {
        var json = JSONText(capacity: 400)
        write(to: &json)
        return json.bytes
    }

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
