extension Int64 {
    /// The sum, or the bound that an overflow passed: what the API reports may be as large as it likes.
    package func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
