#pragma once

#include "lib/net/server_certificate.h"

#include <filesystem>
#include <string>

namespace postrider::testing {

/// Has openssl make a certificate for localhost with this common name, and its key: FOLDER/STEM.crt and .key,
/// over what was there. Good for `days`.
CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& stem,
                                  const std::string& name, int days = 365);

}  // namespace postrider::testing
