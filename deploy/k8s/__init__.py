"""The platform on Kubernetes: manifests that follow from the code (`python -m deploy.k8s`), and some written by hand."""
