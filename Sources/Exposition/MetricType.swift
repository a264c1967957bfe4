/// What kind of metric a family is, as the `# TYPE` line says it.
package enum MetricType: String, Sendable {
    case counter, gauge, histogram
}
