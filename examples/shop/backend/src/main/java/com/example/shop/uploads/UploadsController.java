package com.example.shop.uploads;

import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.io.OutputStream;
import java.util.HexFormat;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Takes a file as the request's body and tells what arrived, without keeping more than a buffer of it in memory. */
@RestController
class UploadsController {

    record Upload(long size, String sha256) {
    }

    @PostMapping("/backend/uploads")
    Upload upload(InputStream body) throws IOException, NoSuchAlgorithmException {
        var sha256 = MessageDigest.getInstance("SHA-256");
        long size = new DigestInputStream(body, sha256).transferTo(OutputStream.nullOutputStream());
        return new Upload(size, HexFormat.of().formatHex(sha256.digest()));
    }
}
