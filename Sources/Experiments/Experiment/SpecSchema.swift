// All sections of an experiment file in one list: what decoding, errors and documentation agree on.

/// The tables of keys of every section, in the order of the file.
package enum SpecSchema {
  package static let sections: [SpecSection] = [
    Experiment.schema, TaskSection.schema, TargetsTask.HeldOut.schema, MomentsTask.constraintSchema,
    NetworkSection.schema,
    GainsSection.schema, LowRankSection.schema, WeightsSection.schema,
    EnsembleSection.schema, StimuliSection.schema, SamplerSection.schema, ObservablesSection.schema,
    RecordSection.schema,
    EvaluationSection.schema,
  ]

  /// Whether the objects of a section stand in a list, so that no key of theirs has a path without a number.
  package static func isListed(_ section: SpecSection) -> Bool {
    sections.contains { parent in
      parent.allKeys.contains { key in
        key.form.isListOfObjects && section.path == (parent.path.isEmpty ? key.name : "\(parent.path).\(key.name)")
      }
    }
  }
}
