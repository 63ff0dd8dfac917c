// All sections of an experiment file in one list: what decoding, errors and documentation agree on.

/// The tables of keys of every section, in the order of the file.
package enum SpecSchema {
  package static let sections: [SpecSection] = [
    Experiment.schema, TaskSection.schema, TargetsTask.HeldOut.schema, NetworkSection.schema, GainsSection.schema,
    WeightsSection.schema,
    EnsembleSection.schema, StimuliSection.schema, SamplerSection.schema, ObservablesSection.schema,
    RecordSection.schema,
    EvaluationSection.schema,
  ]
}
