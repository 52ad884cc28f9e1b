/** Commands that mend what went wrong, beside the hint that Berth itself gives. */
export interface Cure {
  readonly words: string;
  readonly command: string;
}

/** `username`: who signs in on the machine; empty when nobody does. */
export function curesOf(code: string, username: string): readonly Cure[] {
  const user = username === '' ? '$USER' : username;
  switch (code) {
    case 'SUDO_REFUSED':
      return [
        {
          words: 'On the machine, let this user read MicroK8s without sudo:',
          command: `sudo usermod -aG microk8s ${user}`,
        },
      ];
    case 'KUBERNETES_NOT_FOUND':
      return [
        { words: 'On the machine, install MicroK8s:', command: 'sudo snap install microk8s --classic' },
        { words: 'Or see whether it runs:', command: 'microk8s status --wait-ready' },
      ];
    case 'KUBERNETES_UNAVAILABLE':
      return [{ words: 'On the machine, see whether Kubernetes runs:', command: 'microk8s status --wait-ready' }];
    case 'CONNECTION_REFUSED':
      return [
        { words: 'On the machine, see whether sshd listens, and on which port:', command: 'sudo ss -tlnp | grep sshd' },
      ];
    case 'SSH_FORWARDING_DENIED':
      return [{ words: 'On the machine, see what sshd allows:', command: 'sudo sshd -T | grep -i allowtcpforwarding' }];
    case 'CERTIFICATE_EXPIRED':
      return [{ words: 'On the machine, renew it:', command: 'sudo microk8s refresh-certs -e server.crt' }];
    default:
      return [];
  }
}
