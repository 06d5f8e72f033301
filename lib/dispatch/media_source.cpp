#include "lib/dispatch/media_source.h"

namespace postrider {

Task<boost::system::result<MediaFile, MediaFault>> MediaSource::convert(Media /*media*/, MediaForm /*form*/) {
    co_return MediaFault{"nothing is converted here"};
}

}  // namespace postrider
