#include "tests/support/made_certificate.h"

#include "lib/process/child_process.h"

#include <stdexcept>

namespace postrider::testing {

CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& stem,
                                  const std::string& name, int days) {
    const CertificateFiles files{folder / (stem + ".crt"), folder / (stem + ".key")};
    const int failed =
        run_command({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                     "-nodes", "-days", std::to_string(days), "-subj", "/CN=" + name, "-addext",
                     "subjectAltName=DNS:localhost", "-keyout", files.key, "-out", files.certificate},
                    {.output = folder / "openssl.log", .environment = {}});
    if (failed != 0) throw std::runtime_error("openssl makes no certificate");
    return files;
}

}  // namespace postrider::testing
