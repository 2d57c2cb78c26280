"""The only place that knows DICOM and NIfTI."""
