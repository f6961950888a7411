//! cert-manager's reasons and the verdicts, in a sentence or two each, for `explain`.

/// Reasons of conditions and events (rules 1.4, 1.5, 3.5, 4.1 – 4.3), and what each means.
pub(super) const REASONS: &[(&str, &str)] = &[
    (
        "AdditionalOutputFormatsMismatch",
        "The Secret lacks an additional output format, or holds an old one. It is written again; nothing is issued.",
    ),
    (
        "ARIError",
        "A Warning event: the CA's renewal information could not be had or does not fit the Secret. The ordinary renewal time holds.",
    ),
    (
        "BadConfig",
        "A Warning event on an Ingress, a Gateway or a ListenerSet: its annotations contradict each other, or two of its TLS blocks name one Secret. No Certificate is made from it.",
    ),
    (
        "CannotRegenerateKey",
        "A Warning event: the private key in the Secret does not fit the spec, and rotationPolicy Never forbids a new one. Issuing stays True and nothing is issued until somebody acts. In 1.8 the event is called DecodeFailed.",
    ),
    (
        "CreateCertificate",
        "An event on an Ingress, a Gateway or a ListenerSet: a Certificate was made from its annotations.",
    ),
    (
        "DecodeFailed",
        "A Warning event of the key manager: the key in the Secret does not decode, so a new one is made. In 1.8 also what later releases call CannotRegenerateKey.",
    ),
    (
        "DeleteCertificate",
        "An event on an Ingress, a Gateway or a ListenerSet: a Certificate that it does not name any more was deleted. The Secret stays, unless --enable-certificate-owner-ref lets it be collected.",
    ),
    (
        "Deleted",
        "An event of the key manager: the key prepared for the running issuance does not fit the spec any more (Regenerating private key due to change in fields). Its temporary Secret is deleted, and another key is made.",
    ),
    ("Denied", "An approver denied the CertificateRequest. The issuance fails and is tried again after a back-off."),
    (
        "DoesNotExist",
        "The Secret named in spec.secretName is not there, or cert-manager's cache does not see it because its label controller.cert-manager.io/fao has another value than true. The certificate is issued again, with a new private key.",
    ),
    (
        "Expired",
        "Readiness only: the certificate in the Secret has ended. The Certificate is not Ready; what re-issues is Renewing, which came before.",
    ),
    ("Failed", "The issuer gave up on the CertificateRequest. The issuance fails and is tried again after a back-off."),
    ("Generated", "An event of the key manager: a new private key was made for the running issuance."),
    (
        "IncorrectCertificate",
        "The annotation cert-manager.io/certificate-name of the Secret names another Certificate. From 1.13.2 on the certificate is issued again.",
    ),
    (
        "IncorrectIssuer",
        "The issuer annotations on the Secret do not name the issuer of spec.issuerRef. The certificate is issued again by that issuer. Where the annotations are gone, as after some restores, every release re-issues those of a ClusterIssuer, and up to 1.12 those of an Issuer too.",
    ),
    (
        "InvalidCertificate",
        "The certificate in the Secret does not decode with the Go release of this cert-manager. It is issued again. As a reason of a failed issuance (1.18.5, 1.19.3, 1.20 and later): the issuer returned a certificate for another key.",
    ),
    (
        "InvalidCertificateRequest",
        "The signing request in the current CertificateRequest does not decode, or its key is of an unknown kind. From 1.13 on the certificate is issued again.",
    ),
    (
        "InvalidKeyPair",
        "Private key and certificate in the Secret do not decode or do not belong together. The certificate is issued again.",
    ),
    (
        "InvalidRequest",
        "The CertificateRequest carries the condition InvalidRequest. The issuance fails and is tried again after a back-off.",
    ),
    ("Issued", "The issuance ended well; with the gate ServerSideApply it stands on the condition Issuing=False."),
    (
        "ManagedFieldsParseError",
        "The field managers of the Secret cannot be read, so it is not written again. Nothing is issued.",
    ),
    ("ManuallyTriggered", "Somebody ran cmctl renew: Issuing=True, whatever the Secret holds."),
    ("MissingData", "The Secret is there and has no data, no tls.key or no tls.crt. The certificate is issued again."),
    (
        "MissingSecret",
        "An event of the self-signed issuer: the temporary Secret with the key of the request is gone, so the request stays pending.",
    ),
    (
        "Pending",
        "The condition Ready=False of a CertificateRequest that is neither signed nor refused: it waits for an approval, for its issuer or for what the issuer needs. The issuance waits with it; the message tells for what.",
    ),
    ("Ready", "Readiness only: no check objects."),
    ("Renewing", "The renewal time of the certificate in the Secret has come."),
    (
        "RequestChanged",
        "The CertificateRequest that led to this certificate differs from the spec. The certificate is issued again. It is compared only where that request is found by owner uid and status.revision, so not after most restores.",
    ),
    ("Requested", "An event of the request manager: the CertificateRequest of the running issuance was created."),
    (
        "RequestFailed",
        "A Warning event: the CertificateRequest could not be created. If it stays, an old request that belongs to nobody has its name: delete that one.",
    ),
    (
        "Reused",
        "An event of the key manager: the private key in the Secret is used for the next certificate too (rotationPolicy Never).",
    ),
    (
        "SecretBaseLabelsMissing",
        "1.11 and 1.12: the Secret lacks cert-manager's label. It is written again; nothing is issued.",
    ),
    (
        "SecretManagedMetadataMismatch",
        "Labels or annotations that cert-manager writes are missing or belong to another field manager, as after a restore. The Secret is written again; nothing is issued.",
    ),
    (
        "SecretMismatch",
        "What the Secret holds differs from the spec: the private key's algorithm or size, the names where no current request is found, or the key differs from that of the current request. The certificate is issued again. In the post-issuance chain: a keystore is missing, and the Secret is written again.",
    ),
    (
        "SecretOwnerRefMismatch",
        "The Secret's owner reference is not as --enable-certificate-owner-ref wants it. It is written again; nothing is issued.",
    ),
    (
        "SecretTemplateMismatch",
        "Labels or annotations of spec.secretTemplate are missing. The Secret is written again; nothing is issued.",
    ),
    (
        "SkippedListenerAnnotation",
        "The gateway-shim has this reason since 1.21, for annotations on a Gateway or a ListenerSet; no release known here gives it.",
    ),
    (
        "UpdateCertificate",
        "An event on an Ingress, a Gateway or a ListenerSet: its Certificate was made to follow what its annotations or its hosts now say, which can issue it again.",
    ),
    (
        "WindowError",
        "No renewal window of spec.renewal can be met before the certificate ends. Readiness says so; the trigger renews outside of the windows, with the reason Renewing.",
    ),
];
